// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import java.net.URI;
import java.util.Optional;

/**
 * A server and how to ask it.
 *
 * @param url where answers come from
 * @param stream whether answers come as server-sent events
 * @param model the name to put into requests
 * @param ignoreEos whether to ask for answers of full length with {@code ignore_eos}, which not all servers know
 * @param search where searches go, {@code …/INDEX/_search}
 */
record Target(URI url, Api api, boolean stream, Optional<String> model, boolean ignoreEos, Optional<URI> search) {}
