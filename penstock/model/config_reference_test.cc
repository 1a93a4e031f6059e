#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "penstock/model/config_test_types.h"
#include "penstock/model/loggers_config.h"
#include "penstock/testing/ephemeral_folder.h"

namespace penstock {
namespace {

using namespace testing_config;

struct Login {
  Secret password = Secret::from_env("LOGIN_PASSWORD");
  Source<int> port = 1;
  Source<Bytes> buffer = Bytes{1};
  std::optional<Source<std::chrono::seconds>> wait;
  static void describe(ConfigSchema<Login>& s) {
    s.field("password", &Login::password);
    s.field("port", &Login::port).range(1, 9);
    s.field("buffer", &Login::buffer);
    s.field("wait", &Login::wait);
  }
};

class ConfigReferences : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    const auto path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  std::string path(const std::string& name) { return (folder_.path() / name).string(); }
  std::string problem_with(const std::string& path) {
    const auto text = read_referenced_file(path);
    return text.ok() ? "" : text.error().message;
  }

 private:
  penstock::testing::EphemeralFolder folder_;
};

TEST_F(ConfigReferences, FilesGiveValuesWithoutTheirLastLineEnd) {
  const auto document = yaml("password: {file: " + file("password", "two\nlines\n\n") +
                             "}\nport: {file: " + file("port", " 7\r\n") +
                             "}\nbuffer: {file: " + file("buffer", "2KiB\n") +
                             "}\nwait: {file: " + file("wait", "3s\n") + "}\n");
  std::vector<std::string> secrets;
  const auto& type = *config_type_of<Login>();
  const auto decoded = decode_erased(type, document, no_environment(), {}, &secrets);
  ASSERT_TRUE(decoded.ok()) << decoded.error().to_string();
  const auto& login = *static_cast<const Login*>(decoded->get());
  EXPECT_EQ(login.password.reveal(), "two\nlines\n");
  EXPECT_EQ(*login.port, 7);
  EXPECT_EQ(login.buffer->count, 2048);
  EXPECT_EQ(**login.wait, std::chrono::seconds(3));
  EXPECT_EQ(secrets, std::vector<std::string>{"two\nlines\n"});
  // What is stored names the files.
  EXPECT_EQ(encode_config(login), document);
  EXPECT_EQ(validate_config(type, document).value, document);
}

TEST_F(ConfigReferences, OnlyOneLineEndIsDropped) {
  EXPECT_EQ(read_referenced_file(file("plain", "abc")).value(), "abc");
  EXPECT_EQ(read_referenced_file(file("windows", "abc\r\n")).value(), "abc");
  EXPECT_EQ(read_referenced_file(file("return", "abc\r")).value(), "abc\r");
  EXPECT_EQ(read_referenced_file(file("several", "abc\n\n")).value(), "abc\n");
  EXPECT_EQ(read_referenced_file(file("empty", "")).value(), "");
  EXPECT_EQ(read_referenced_file(file("full", std::string(64 * 1024, 'x'))).value().size(), 65536u);
}

TEST_F(ConfigReferences, WhatIsWrongWithAFileIsSaid) {
  EXPECT_EQ(problem_with("no/such"), "the file \"no/such\" is not there");
  const auto large = file("large", std::string(64 * 1024 + 1, 'x'));
  EXPECT_EQ(problem_with(large),
            "the file \"" + large + "\" is too large: a value has at most 64 KiB");
  const auto bytes = file("bytes", std::string("a\0b", 3));
  EXPECT_EQ(problem_with(bytes), "the file \"" + bytes + "\" is no UTF-8 text");
  const auto latin = file("latin", "caf\xe9");
  EXPECT_EQ(problem_with(latin), "the file \"" + latin + "\" is no UTF-8 text");
  const auto folder = path(".");
  EXPECT_EQ(problem_with(folder), "the file \"" + folder + "\" is a folder");
  const auto pipe = path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(problem_with(pipe), "the file \"" + pipe + "\" is no regular file");
  EXPECT_EQ(problem_with(file("long", "x") + "/below").substr(0, 10), "the file \"");
}

TEST_F(ConfigReferences, ProblemsHaveThePlaceInTheDocumentAndNotTheValue) {
  const auto port = file("port", "seventeen\n");
  const auto decoded = decode_config<Login>(
      yaml("password: {file: missing}\nport: {file: " + port + "}\n"), no_environment());
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().message,
            "scope.yaml:1:11: password: the file \"missing\" is not there\n"
            "scope.yaml:2:7: port: the file \"" +
                port + "\" holds something else than expected: integer from 1 to 9");
}

TEST_F(ConfigReferences, MasksAreNotTakenForSecrets) {
  const ConfigPolicy literals{.allow_literal_secrets = true};
  const auto& type = *config_type_of<Login>();
  EXPECT_EQ(lines(validate_config(type, yaml("password: '****'"), literals).problems),
            std::vector<std::string>{
                "scope.yaml:1:11: password: this is how a secret is shown, and not the secret, "
                "which was not stored; give it again"});
  const auto shown = validate_config(type, yaml("password: a-literal"), literals);
  EXPECT_TRUE(shown.ok());
  EXPECT_EQ(to_yaml(shown.value).find("a-literal"), std::string::npos);
}

TEST(LoggersConfig, NamesALevel) {
  const auto type = make_shape("job", {{.name = "loggers", .type = loggers_config_type()}});
  const auto level = [&](std::string_view text) {
    const auto outcome = validate_config(*type, yaml(text));
    EXPECT_EQ(lines(outcome.problems), std::vector<std::string>{});
    return read_console_level(outcome.value.find("loggers"));
  };
  EXPECT_EQ(level("{}"), std::nullopt);
  EXPECT_EQ(level("loggers: {}"), std::nullopt);
  EXPECT_EQ(level("loggers: {console: {config: {log_level: DEBUG}}}"), LogLevel::Debug);
  EXPECT_EQ(
      lines(validate_config(*type, yaml("loggers: {console: {config: {log_level: INFOO}}}"))
                .problems),
      std::vector<std::string>{
          "scope.yaml:1:41: loggers.console.config.log_level: \"INFOO\" is unknown; expected one "
          "of DEBUG, INFO, WARNING, ERROR, CRITICAL; did you mean INFO?"});
  EXPECT_EQ(parse_log_level("warning").value(), LogLevel::Warning);
  EXPECT_EQ(parse_log_level("loud").error().message,
            "\"loud\" is none of DEBUG, INFO, WARNING, ERROR, CRITICAL");
}

}  // namespace
}  // namespace penstock
