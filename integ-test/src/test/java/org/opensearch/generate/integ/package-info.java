// SPDX-License-Identifier: Apache-2.0

/**
 * The zip in a real node, over HTTP only. {@link Node} unpacks OpenSearch, installs the zip and runs it as an ordinary
 * user; {@link NodeExtension} shares one node among the test classes; {@link TinyModel} writes the models they ask.
 * Nothing here sees a class of the plugin.
 */
@NullMarked
package org.opensearch.generate.integ;

import org.jspecify.annotations.NullMarked;
