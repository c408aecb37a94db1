// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.tasks.Task;

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

    /** Among whom engines are shared: the user's name, or {@code X-Opaque-Id} where there is no security plugin; empty for neither. */
    public static String sharer(ThreadContext context) {
        String user = of(context);
        String client = context.getHeader(Task.X_OPAQUE_ID);
        return user.isEmpty() && client != null ? client : user;
    }
}
