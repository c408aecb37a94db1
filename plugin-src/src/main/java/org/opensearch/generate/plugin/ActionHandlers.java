// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.util.ArrayList;
import java.util.List;
import org.opensearch.generate.action.ListModelsAction;
import org.opensearch.generate.action.LoadModelAction;
import org.opensearch.generate.action.TransportGenerateAction;
import org.opensearch.generate.action.TransportQueueAction;
import org.opensearch.generate.action.TransportStatsAction;
import org.opensearch.generate.action.UnloadModelAction;
import org.opensearch.generate.action.async.DeleteAnswerAction;
import org.opensearch.generate.action.async.GetAnswerAction;
import org.opensearch.generate.action.async.SubmitAnswerAction;
import org.opensearch.generate.action.multi.TransportMultiGenerateAction;
import org.opensearch.plugins.ActionPlugin.ActionHandler;

/** All actions of the plugin. */
final class ActionHandlers {
    private ActionHandlers() {}

    static List<ActionHandler<?, ?>> all() {
        List<ActionHandler<?, ?>> handlers = new ArrayList<>(List.of(
                new ActionHandler<>(TransportGenerateAction.TYPE, TransportGenerateAction.class),
                new ActionHandler<>(TransportMultiGenerateAction.TYPE, TransportMultiGenerateAction.class),
                new ActionHandler<>(SubmitAnswerAction.TYPE, SubmitAnswerAction.class),
                new ActionHandler<>(GetAnswerAction.TYPE, GetAnswerAction.class),
                new ActionHandler<>(DeleteAnswerAction.TYPE, DeleteAnswerAction.class),
                new ActionHandler<>(ListModelsAction.TYPE, ListModelsAction.class),
                new ActionHandler<>(LoadModelAction.TYPE, LoadModelAction.class),
                new ActionHandler<>(UnloadModelAction.TYPE, UnloadModelAction.class),
                new ActionHandler<>(TransportStatsAction.TYPE, TransportStatsAction.class),
                new ActionHandler<>(TransportQueueAction.TYPE, TransportQueueAction.class)));
        handlers.addAll(ModelDeployments.actions());
        return handlers;
    }
}
