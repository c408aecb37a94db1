// SPDX-License-Identifier: Apache-2.0
/** The models of this node: what lies in the model folder, what is loaded, and who uses it. Start at Models. Knows nothing of REST. */
@NullMarked
package org.opensearch.generate.models;

import org.jspecify.annotations.NullMarked;
