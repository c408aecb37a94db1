// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import org.opensearch.common.util.concurrent.ThreadContext;

/** Who is asking, as far as the node knows. */
public final class Owner {
    /** Where the security plugin leaves {@code name|backend roles|roles|tenant} for other plugins. */
    static final String USER_INFO = "_opendistro_security_user_info";

    private Owner() {}

    /** Who asks: as another node has said that passed the request on, or as this one knows. */
    static String of(KeptAnswerRequest request, ThreadContext context) {
        String told = request.owner();
        return told != null ? told : of(context);
    }

    /** The user's name; empty where there is no security plugin, so that whoever has an id may use it. */
    public static String of(ThreadContext context) {
        Object info = context.getTransient(USER_INFO);
        return info instanceof String text ? text.split("(?<!\\\\)\\|", 2)[0] : "";
    }
}
