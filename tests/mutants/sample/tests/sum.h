/* SPDX-License-Identifier: Apache-2.0 */
int sum(int most);
int late(int given);
int nobody(int given);
