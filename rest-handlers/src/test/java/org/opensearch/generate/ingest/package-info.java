// SPDX-License-Identifier: Apache-2.0
/** Tests of the ingest processors; what they do in a node, {@code IngestIT} shows. */
@NullMarked
package org.opensearch.generate.ingest;

import org.jspecify.annotations.NullMarked;
