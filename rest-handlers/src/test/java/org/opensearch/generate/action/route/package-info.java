// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.opensearch.generate.action.route;

import org.jspecify.annotations.NullMarked;
