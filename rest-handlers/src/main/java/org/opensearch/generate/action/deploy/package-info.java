// SPDX-License-Identifier: Apache-2.0
/** Transport actions of models across the cluster: put, delete, watch, and ask all nodes. Start at PutModelAction. */
@NullMarked
package org.opensearch.generate.action.deploy;

import org.jspecify.annotations.NullMarked;
