// SPDX-License-Identifier: Apache-2.0
/** Many questions in one request. Start at TransportMultiGenerateAction. */
@NullMarked
package org.opensearch.generate.action.multi;

import org.jspecify.annotations.NullMarked;
