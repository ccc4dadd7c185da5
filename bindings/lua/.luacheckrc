-- SPDX-License-Identifier: Apache-2.0
std = "max"
max_line_length = 100
files["spec"] = {std = "max+busted"}
