// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.ParseField;
import org.opensearch.core.xcontent.ConstructingObjectParser;
import org.opensearch.core.xcontent.XContentParseException;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.models.deploy.DeploymentSource;
import org.opensearch.generate.models.deploy.NodeSelection;

/**
 * The body of {@code PUT /_plugins/_generate/models/{id}}. Strict: what is wrong is an {@link IllegalArgumentException} that names
 * it.
 *
 * @param source where the model comes from
 * @param nodes which nodes get it
 */
public record DeploymentBody(DeploymentSource source, NodeSelection nodes) {
    private static final ConstructingObjectParser<DeploymentBody, Void> PARSER = new ConstructingObjectParser<>(
            "model",
            arguments -> new DeploymentBody(
                    (DeploymentSource) arguments[0],
                    arguments[1] == null ? NodeSelection.DATA_NODES : (NodeSelection) arguments[1]));

    static {
        PARSER.declareObject(
                ConstructingObjectParser.constructorArg(),
                (parser, none) -> DeploymentSource.parse(parser),
                new ParseField("source"));
        PARSER.declareObject(
                ConstructingObjectParser.optionalConstructorArg(),
                (parser, none) -> NodeSelection.parse(parser),
                new ParseField("nodes"));
    }

    /** Reads a body. */
    public static DeploymentBody parse(XContentParser parser) throws IOException {
        try {
            DeploymentBody body = PARSER.parse(parser, null);
            if (parser.nextToken() != null) {
                throw new XContentParseException(parser.getTokenLocation(), "[model] found more after the body's end");
            }
            return body;
        } catch (XContentParseException e) {
            throw innermost(e);
        }
    }

    /** What was wrong in the first place; the parsers around it only add that they failed. */
    private static IllegalArgumentException innermost(IllegalArgumentException failure) {
        IllegalArgumentException innermost = failure;
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IllegalArgumentException bad) {
                innermost = bad;
            }
        }
        return innermost;
    }
}
