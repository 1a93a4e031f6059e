// A job as it was declared, for people: its graph as a tree, its resources, its config.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "penstock/base/json.h"
#include "penstock/model/definitions.h"
#include "penstock/view/text_style.h"

namespace penstock {

/// An input of a node and where its value comes from.
struct JobInputView {
  std::string name, type, from;
};

/// What was said of an input or output.
struct JobPortNote {
  std::string name, description;
  std::map<std::string, std::string> metadata;  ///< as shown
};

/// One op or graph in a job's tree; graphs have nodes inside.
struct JobNodeView {
  std::string name;  ///< as used in this place
  std::string op;    ///< name of the op or graph; differs from `name` with an alias
  std::string description;
  bool is_graph = false;
  std::string mapped_over;  ///< runs once per item of this; empty: runs once
  std::vector<JobInputView> inputs;
  std::vector<std::string> outputs;  ///< `name: type`, or the type alone for an only output
  std::vector<std::string> resources;
  std::vector<JobNodeView> nodes;
  std::vector<JobPortNote> about;  ///< of inputs and outputs of which something was said
};

/// One field of the launch document.
struct ConfigFieldView {
  std::string path, type, default_value, description;
  bool required = false;
};

/// A declared job.
struct JobView {
  std::string name, description;
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> metadata;  ///< as shown
  std::vector<JobNodeView> nodes;
  std::vector<std::string> resources;
  std::vector<ConfigFieldView> config;
};

/// Ops in the graph and the graphs inside.
std::size_t count_ops(const GraphDef& graph);
JobView job_view(const Definitions& definitions, const JobDef& job);
/// The fields of a document type, those of shapes inside included.
std::vector<ConfigFieldView> config_fields(const ConfigType& type);
std::string job_view_text(const JobView& view, const TextStyle& style);
/// `job.v1`.
Json job_view_json(const JobView& view);

}  // namespace penstock
