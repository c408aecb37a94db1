// SPDX-License-Identifier: Apache-2.0
/** Transport actions: a question answered, models listed, loaded and unloaded, statistics. Start at TransportGenerateAction. */
@NullMarked
package org.opensearch.generate.action;

import org.jspecify.annotations.NullMarked;
