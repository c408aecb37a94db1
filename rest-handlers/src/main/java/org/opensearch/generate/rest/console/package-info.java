// SPDX-License-Identifier: Apache-2.0
/**
 * The console: a page that asks an index and shows what the node is doing. Its files lie beside this package among the resources;
 * main.js is where they begin. The page knows nothing that the REST API does not tell.
 */
@NullMarked
package org.opensearch.generate.rest.console;

import org.jspecify.annotations.NullMarked;
