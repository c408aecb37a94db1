// SPDX-License-Identifier: Apache-2.0
/** Tests of the package with the same name. */
@NullMarked
package org.opensearch.generate.models.deploy;

import org.jspecify.annotations.NullMarked;
