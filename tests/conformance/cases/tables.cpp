// The order in which the suite runs: what later cases rely on comes first.
#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {

std::vector<CaseTable> all_tables() {
  return {device_cases(), buffer_cases(),   copy_cases(),       peer_cases(),      fill_cases(),     stream_cases(),
          point_cases(),  launch_cases(),   submission_cases(), workgroup_cases(), type_cases(),     storage_cases(),
          atomic_cases(), subgroup_cases(), math_cases(),       refusal_cases(),   argument_cases(), source_cases(),
          ahead_cases(),  lifetime_cases(), thread_cases()};
}

}  // namespace halyard::conformance
