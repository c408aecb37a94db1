// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.gguf;

/** What others call the tensor types that we do not read, so that an error can say it. */
final class GgufTypeNames {
    private GgufTypeNames() {}

    static String of(long number) {
        String name =
                switch ((int) Math.min(number, Integer.MAX_VALUE)) {
                    case 4 -> "Q4_2";
                    case 5 -> "Q4_3";
                    case 9 -> "Q8_1";
                    case 15 -> "Q8_K";
                    case 17 -> "IQ2_XS";
                    case 18 -> "IQ3_XXS";
                    case 19 -> "IQ1_S";
                    case 21 -> "IQ3_S";
                    case 22 -> "IQ2_S";
                    case 24 -> "I8";
                    case 25 -> "I16";
                    case 26 -> "I32";
                    case 27 -> "I64";
                    case 28 -> "F64";
                    case 29 -> "IQ1_M";
                    case 34 -> "TQ1_0";
                    case 35 -> "TQ2_0";
                    case 39 -> "MXFP4";
                    default -> "unknown";
                };
        return number + " (" + name + ")";
    }
}
