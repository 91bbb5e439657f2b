// The tables of cases, one a file.
#pragma once

#include <vector>

#include "tests/conformance/context.hpp"

namespace halyard::conformance {

CaseTable device_cases();
CaseTable buffer_cases();
CaseTable copy_cases();
CaseTable peer_cases();
CaseTable fill_cases();
CaseTable stream_cases();
CaseTable point_cases();
CaseTable launch_cases();
CaseTable submission_cases();
CaseTable workgroup_cases();
CaseTable type_cases();
CaseTable storage_cases();
CaseTable atomic_cases();
CaseTable subgroup_cases();
CaseTable math_cases();
CaseTable refusal_cases();
CaseTable argument_cases();
CaseTable source_cases();
CaseTable ahead_cases();
CaseTable lifetime_cases();
CaseTable thread_cases();

std::vector<CaseTable> all_tables();

}  // namespace halyard::conformance
