// Names and sizes of the API's enumerations hold for every value, also those that are none.
#include <gtest/gtest.h>

#include <string>

#include "halyard/halyard.h"

namespace {

TEST(Names, EveryStatusHasOneAndOthersAreUnknown) {
  EXPECT_STREQ(hy_status_name(HY_OK), "ok");
  EXPECT_STREQ(hy_status_name(HY_QUOTA_EXCEEDED), "quota_exceeded");
  EXPECT_STREQ(hy_status_name(HY_INTERNAL), "internal");
  EXPECT_STREQ(hy_status_name(12), "unknown");
  EXPECT_STREQ(hy_status_name(-1), "unknown");
}

TEST(Names, TypesHaveTheDialectsNamesAndSizes) {
  EXPECT_STREQ(hy_param_kind_name(HY_PARAM_VALUE), "HY_VAL");
  EXPECT_STREQ(hy_param_kind_name(HY_PARAM_INOUT), "HY_INOUT");
  EXPECT_STREQ(hy_param_kind_name(hy_param_kind{5}), "?");
  EXPECT_STREQ(hy_type_name(HY_F32), "float");
  EXPECT_STREQ(hy_type_name(HY_VECTOR(HY_U8, 4)), "uchar4");
  EXPECT_STREQ(hy_type_name(HY_VECTOR(HY_I64, 2)), "long2");
  EXPECT_EQ(hy_type_size(HY_VECTOR(HY_F64, 4)), 32u);
  EXPECT_EQ(hy_type_size(HY_BF16), 2u);
}

TEST(Names, WhatIsNoTypeHasNoSize) {
  for (const hy_type type : {0u, 0x100u, 0x10Du, HY_VECTOR(HY_F32, 3), HY_VECTOR(HY_F32, 8), 0xFFFFFFFFu}) {
    EXPECT_EQ(hy_type_size(type), 0u) << type;
    EXPECT_STREQ(hy_type_name(type), "?") << type;
  }
}

}  // namespace
