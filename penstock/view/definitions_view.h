// The definitions of a program as one JSON document, `definitions.v1`: what `describe` prints. The
// same definitions give the same bytes.
#pragma once

#include "penstock/base/json.h"
#include "penstock/model/definitions.h"

namespace penstock {

/// Ops, resources, loaders and jobs, each with all that was declared of it but code. Nothing of it
/// is secret: values that the definitions fix are left out, and so is the place in the source.
Json definitions_json(const Definitions& definitions);

}  // namespace penstock
