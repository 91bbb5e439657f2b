// Bundles made of source: what they tell of their kernels, and errors that lead to the user's file and line.
#include <algorithm>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

void signatures_are_listed(Context& c) {
  LET(bundle, Bundle::from_source(c.runtime(),
                                  "HY_KERNEL(first, HY_IN(float, x), HY_OUT(int4, y), HY_VAL(ulong, n)) { }\n"
                                  "HY_WORKGROUP(8)\n"
                                  "HY_KERNEL(second, HY_INOUT(half, z)) { }\n",
                                  "two.hk"));
  LET(kernels, bundle.kernels());
  CHECK_EQ(kernels.size(), 2u);
  if (kernels.size() != 2) return;
  const hy_signature& a = kernels[0];
  CHECK_EQ(std::string(a.name), "first");
  CHECK_EQ(a.param_count, 3u);
  CHECK_EQ(a.fixed_workgroup, 0u);
  if (a.param_count != 3) return;
  CHECK_EQ(std::string(a.params[0].name), "x");
  CHECK_EQ(a.params[0].kind, hy_param_kind{HY_PARAM_IN});
  CHECK_EQ(a.params[0].type, hy_type{HY_F32});
  CHECK_EQ(a.params[1].kind, hy_param_kind{HY_PARAM_OUT});
  CHECK_EQ(a.params[1].type, HY_VECTOR(HY_I32, 4));
  CHECK_EQ(a.params[2].kind, hy_param_kind{HY_PARAM_VALUE});
  CHECK_EQ(a.params[2].type, hy_type{HY_U64});
  const hy_signature& b = kernels[1];
  CHECK_EQ(std::string(b.name), "second");
  CHECK_EQ(b.fixed_workgroup, 1u);
  CHECK_EQ(b.params[0].kind, hy_param_kind{HY_PARAM_INOUT});
  CHECK_EQ(b.params[0].type, hy_type{HY_F16});
}

void a_kernel_tells_its_signature(Context& c) {
  LET(kernel, c.kernel("launch", "saxpy"));
  LET(signature, kernel.signature());
  CHECK_EQ(std::string(signature.name), "saxpy");
  CHECK_EQ(signature.param_count, 4u);
}

void kernel_info_holds_together(Context& c) {
  LET(kernel, c.kernel("launch", "saxpy"));
  LET(info, kernel.info());
  CHECK(info.max_workgroup_items >= 1);
  CHECK(info.max_workgroup_items <= c.info().max_workgroup_items);
  CHECK(info.preferred_multiple >= 1);
  CHECK_EQ(info.workgroup[0], 0u);
  CHECK_EQ(info.local_bytes, 0u);
}

void an_unknown_name_lists_what_there_is(Context& c) {
  LET(bundle, Bundle::from_source(c.runtime(),
                                  "HY_KERNEL(alpha, HY_OUT(int, x)) { x[0] = 1; }\n"
                                  "HY_KERNEL(beta, HY_OUT(int, x)) { x[0] = 2; }\n",
                                  "names.hk"));
  auto kernel = bundle.kernel(c.device(), "gamma");
  if (!CHECK_FAILS(kernel, invalid_argument)) return;
  for (const char* name : {"alpha", "beta", "gamma"}) {
    CHECK(kernel.error().message().find(name) != std::string_view::npos);
  }
}

// Compiles `text` under the name "folder/mine.hk"; it must be refused with the file and `line` first in the message.
void refused_at(Context& c, const std::string& text, const char* name, int line,
                Context::Location where = Context::Location::current()) {
  std::optional<Error> error;
  auto bundle = Bundle::from_source(c.runtime(), text, "mine.hk");
  if (!bundle) {
    error.emplace(bundle.error());
  } else if (auto kernel = bundle->kernel(c.device(), name); !kernel) {
    error.emplace(kernel.error());
  }
  if (!error) {
    c.fail("was compiled, wanted an error at line " + std::to_string(line), where);
    return;
  }
  c.check_error(*error, ErrorCode::compile_failed, "compile", where);
  const std::string wanted = "mine.hk:" + std::to_string(line) + ":";
  if (error->message().substr(0, wanted.size()) != wanted) {
    c.fail("the message does not begin with '" + wanted + "': " + std::string(error->message()), where);
  }
}

void an_undeclared_name(Context& c) {
  refused_at(c,
             "HY_KERNEL(bad, HY_OUT(float, y))\n{\n  const ulong i = hy_global_id(0);\n  y[i] = undeclared_thing;\n}\n",
             "bad", 4);
}
void a_missing_semicolon(Context& c) {
  refused_at(c, "// one\n// two\nHY_KERNEL(bad, HY_OUT(float, y))\n{\n  float v = 1.0f\n  ;;;\n  y[0] = v +;\n}\n",
             "bad", 7);
}
void an_error_in_a_helper(Context& c) {
  refused_at(c,
             "HY_FUNCTION float help(float x)\n{\n  return x + nothing_here;\n}\n\n"
             "HY_KERNEL(bad, HY_OUT(float, y))\n{\n  y[0] = help(1.0f);\n}\n",
             "bad", 3);
}
void an_error_in_a_phase(Context& c) {
  refused_at(c,
             "HY_WORKGROUP(8)\nHY_KERNEL(bad, HY_OUT(float, y))\n{\n  HY_LOCAL(float, t, 8);\n  HY_ITEMS(i)\n  {\n"
             "    t[i] = 1.0f;\n  }\n  HY_ITEMS(i)\n  {\n    y[hy_global_id(0)] = t[i] + missing;\n  }\n}\n",
             "bad", 11);
}
void an_unclosed_body(Context& c) {
  auto bundle = Bundle::from_source(c.runtime(), "HY_KERNEL(bad, HY_OUT(float, y))\n{\n  y[0] = 1.0f;\n", "mine.hk");
  if (bundle) {
    CHECK(!bundle->kernel(c.device(), "bad"));
  } else {
    CHECK_FAILS(bundle, compile_failed);
  }
}

void unreadable_signatures(Context& c) {
  struct Bad {
    const char* text;
    int line;
  };
  for (const Bad& bad :
       {Bad{"HY_KERNEL(k, HY_IN(float x)) { }", 1}, Bad{"\nHY_KERNEL(k, HY_IN(string, x)) { }", 2},
        Bad{"\n\nHY_KERNEL(k, HY_READ(float, x)) { }", 3}, Bad{"HY_KERNEL(, HY_IN(float, x)) { }", 1},
        Bad{"HY_KERNEL(k, HY_IN(float, x)", 1}, Bad{"HY_KERNEL(k, HY_IN(float, 9x)) { }", 1},
        Bad{"HY_KERNEL(k, HY_IN(float, x), HY_OUT(float, x)) { }", 1}, Bad{"HY_KERNEL(k, HY_IN(float3, x)) { }", 1}}) {
    auto bundle = Bundle::from_source(c.runtime(), bad.text, "mine.hk");
    if (!CHECK_FAILS(bundle, compile_failed)) continue;
    const std::string wanted = "mine.hk:" + std::to_string(bad.line);
    if (bundle.error().message().substr(0, wanted.size()) != wanted) {
      c.fail("the message does not begin with '" + wanted + "': " + std::string(bundle.error().message()));
    }
  }
}

void two_kernels_of_one_name(Context& c) {
  auto bundle = Bundle::from_source(c.runtime(), "HY_KERNEL(k, HY_OUT(int, x)) { }\nHY_KERNEL(k, HY_OUT(int, x)) { }\n",
                                    "mine.hk");
  if (CHECK_FAILS(bundle, compile_failed)) CHECK(bundle.error().message().find("mine.hk:2") != std::string_view::npos);
}

void leaving_a_phase_is_refused(Context& c) {
  const auto phase = [](const char* inside) {
    return std::string("HY_WORKGROUP(8)\nHY_KERNEL(k, HY_OUT(int, x))\n{\n  HY_ITEMS(i)\n  {\n    ") + inside +
           "\n    x[i] = 1;\n  }\n}\n";
  };
  refused_at(c, phase("if (i == 3) return;"), "k", 6);
  refused_at(c, phase("if (i == 3) break;"), "k", 6);
}

void source_without_kernels(Context& c) {
  auto bundle = Bundle::from_source(c.runtime(), "// nothing here\n", "empty.hk");
  if (bundle) {
    LET(kernels, bundle->kernels());
    CHECK_EQ(kernels.size(), 0u);
    CHECK_FAILS(bundle->kernel(c.device(), "any"), invalid_argument);
  } else {
    CHECK_FAILS(bundle, compile_failed);
  }
}

void a_failed_compilation_leaves_the_rest_usable(Context& c) {
  (void)c.kernel_from("HY_KERNEL(bad, HY_OUT(int, x)) { x[0] = nonsense; }\n", "bad");
  LET(kernel, c.kernel("launch", "no_arguments_but_one"));
  LET(out, c.poisoned<std::int32_t>(c.stream(), 1));
  MUST(c.stream().launch(kernel, Items{1}, out));
  c.same(c.download(c.stream(), out), std::vector<std::int32_t>{-7});
}

void too_much_local_memory(Context& c) {
  const std::uint64_t bytes = c.info().local_memory_bytes;
  if (bytes > (std::uint64_t{1} << 30)) {
    c.skip("the device names no limit");
    return;
  }
  const std::string text = "HY_WORKGROUP(8)\nHY_KERNEL(greedy, HY_OUT(uchar, y))\n{\n  HY_LOCAL(uchar, big, " +
                           std::to_string(bytes + 4096) +
                           ");\n  HY_ITEMS(i)\n  {\n    big[i * 512] = (uchar)i;\n  }\n  HY_ITEMS(i)\n  {\n    y[i] = "
                           "big[i * 512];\n  }\n}\n";
  LET(out, c.poisoned<std::uint8_t>(c.stream(), 64, 0x66));
  auto kernel = c.kernel_from(text, "greedy");
  if (!kernel) {
    c.check(kernel.error().code() == ErrorCode::unsupported || kernel.error().code() == ErrorCode::compile_failed,
            Context::describe(kernel.error()).c_str());
    return;
  }
  auto launched = c.stream().launch(*kernel, Groups{1}, out);
  if (CHECK_FAILS(launched, invalid_argument))
    CHECK(launched.error().message().find("local") != std::string_view::npos);
  c.same(c.download(c.stream(), out), std::vector<std::uint8_t>(64, 0x66));
}

void two_bundles_with_the_same_names(Context& c) {
  LET(one, c.kernel_from("HY_KERNEL(same, HY_OUT(int, x)) { x[0] = 1; }\n", "same"));
  LET(two, c.kernel_from("HY_KERNEL(same, HY_OUT(int, x)) { x[1] = 2; }\n", "same"));
  LET(out, c.poisoned<std::int32_t>(c.stream(), 2, 0));
  MUST(c.stream().launch(one, Groups{1}.in(1), out));
  MUST(c.stream().launch(two, Groups{1}.in(1), out));
  c.same(c.download(c.stream(), out), std::vector<std::int32_t>{1, 2});
}

void the_same_source_twice(Context& c) {
  const char* text = "HY_KERNEL(again, HY_INOUT(int, x)) { x[0] += 1; }\n";
  LET(one, c.kernel_from(text, "again"));
  LET(two, c.kernel_from(text, "again"));
  LET(out, c.poisoned<std::int32_t>(c.stream(), 1, 0));
  MUST(c.stream().launch(one, Groups{1}.in(1), out));
  MUST(c.stream().launch(two, Groups{1}.in(1), out));
  c.same(c.download(c.stream(), out), std::vector<std::int32_t>{2});
}

void bad_constants(Context& c) {
  LET(bundle, c.bundle("constants"));
  for (const char* name : {"", "9LIVES", "A B", "X(", "semi;colon"}) {
    const hy_constant constants[] = {{name, "1"}};
    CHECK_FAILS(bundle.kernel(c.device(), "scale", std::span<const hy_constant>(constants)), invalid_argument);
  }
}

void unknown_constants(Context& c) {
  LET(bundle, c.bundle("constants"));
  for (const char* name : {"FACTO", "FACTORS", "ACTOR", "factor"}) {
    auto kernel = bundle.kernel(c.device(), "scale", {{{name, "2"}}});
    if (CHECK_FAILS(kernel, invalid_argument)) CHECK(kernel.error().message().find(name) != std::string_view::npos);
  }
  MUST(bundle.kernel(c.device(), "scale", {{{"TILE", "32"}}}));  // another kernel's: a set may serve them all
}

void damaged_bundles(Context& c) {
  alignas(8) unsigned char junk[256];
  for (unsigned char& byte : junk) byte = static_cast<unsigned char>(c.random().next());
  for (std::size_t size : {0u, 1u, 7u, 8u, 64u, 256u}) {
    CHECK_FAILS(Bundle::from_memory(c.runtime(), std::as_bytes(std::span(junk, size))), corrupt_artifact);
  }
}

void a_bundle_file_that_is_not_there(Context& c) {
  auto bundle = Bundle::from_file(c.runtime(), "/nowhere/at/all.hkb");
  if (CHECK_FAILS(bundle, unavailable))
    CHECK(bundle.error().message().find("/nowhere/at/all.hkb") != std::string_view::npos);
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;

constexpr Case kCases[] = {
    {"sources.signatures_are_listed_in_order", 0, signatures_are_listed},
    {"sources.a_kernel_tells_its_signature", kRun, a_kernel_tells_its_signature},
    {"sources.what_a_kernel_allows_holds_together", kRun, kernel_info_holds_together},
    {"sources.an_unknown_kernel_name_lists_what_there_is", kRun, an_unknown_name_lists_what_there_is},
    {"sources.an_undeclared_name_is_reported_at_its_line", kRun, an_undeclared_name},
    {"sources.a_syntax_error_is_reported_at_its_line", kRun, a_missing_semicolon},
    {"sources.an_error_in_a_helper_is_reported_at_its_line", kRun, an_error_in_a_helper},
    {"sources.an_error_in_a_phase_is_reported_at_its_line", kRun, an_error_in_a_phase},
    {"sources.a_body_that_does_not_end_is_refused", kRun, an_unclosed_body},
    {"sources.signatures_that_cannot_be_read_are_reported_with_file_and_line", 0, unreadable_signatures},
    {"sources.two_kernels_of_one_name_are_refused", 0, two_kernels_of_one_name},
    {"sources.return_and_break_out_of_a_phase_are_refused", kRun, leaving_a_phase_is_refused},
    {"sources.a_source_without_kernels_has_none", kRun, source_without_kernels},
    {"sources.after_a_failed_compilation_all_goes_on", kRun, a_failed_compilation_leaves_the_rest_usable},
    {"sources.more_local_memory_than_there_is_is_refused", kRun, too_much_local_memory},
    {"sources.two_bundles_may_use_the_same_names", kRun, two_bundles_with_the_same_names},
    {"sources.the_same_source_twice_is_two_kernels", kRun, the_same_source_twice},
    {"sources.constants_that_are_no_macros_are_refused", kRun, bad_constants},
    {"sources.constants_that_no_source_uses_are_refused", kRun, unknown_constants},
    {"bundles.damaged_bytes_are_refused", 0, damaged_bundles},
    {"bundles.a_file_that_is_not_there_is_unavailable", 0, a_bundle_file_that_is_not_there},
};

}  // namespace

CaseTable source_cases() { return kCases; }

}  // namespace halyard::conformance
