// SPDX-License-Identifier: Apache-2.0
/**
 * Models that a cluster wants on its nodes: what is wanted lies in the cluster state ({@code DeploymentsMetadata}), and each node
 * does its part ({@code NodeDeployments}): fetch the files, check them, load the model, and take it all away again. Start at
 * Deployment. Knows nothing of REST.
 */
@NullMarked
package org.opensearch.generate.models.deploy;

import org.jspecify.annotations.NullMarked;
