/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels.h"
#include "rms.h"

EXPORT void generate_head_rms_norm(
    float *x, int64_t stride, int64_t heads, int64_t head_dim, const float *weight, float epsilon, int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; t++) {
        for (int64_t h = 0; h < heads; h++) {
            float *head = x + t * stride + h * head_dim;
            float r = inverse_rms(head, head_dim, epsilon);
            for (int64_t k = 0; k < head_dim; k++) {
                head[k] = (head[k] * r) * weight[k];
            }
        }
    }
}
