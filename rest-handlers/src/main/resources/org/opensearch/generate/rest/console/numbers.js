// SPDX-License-Identifier: Apache-2.0
// Numbers as people say them.

/** Milliseconds. */
export function duration(millis) {
  if (millis >= 1000) return `${(millis / 1000).toFixed(millis >= 10_000 ? 0 : 2)} s`;
  return `${millis.toFixed(millis >= 10 ? 0 : 1)} ms`;
}

/** A number with its thousands apart. */
export function count(number) {
  return number.toLocaleString("en");
}

/** Bytes. */
export function bytes(number) {
  const gigabytes = number / 2 ** 30;
  return gigabytes >= 1 ? `${gigabytes.toFixed(1)} GB` : `${Math.round(number / 2 ** 20)} MB`;
}
