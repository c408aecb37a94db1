// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.generate.action.Pools;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.threadpool.Scheduler.Cancellable;
import org.opensearch.threadpool.ThreadPool;

/** What settings change while the node runs, in models that are loaded and in those that will be. */
final class ModelTuning {
    /** Idle models are looked for so many times in the time after which they are unloaded. */
    private static final int LOOKS = 4;

    private static final TimeValue LONGEST_PAUSE = TimeValue.timeValueSeconds(30);

    private static final List<Setting<?>> TUNED = List.of(
            GenerateSettings.THREADS,
            GenerateSettings.THREADS_SHARE,
            GenerateSettings.KV_MEMORY,
            GenerateSettings.SPECULATION,
            SharingSettings.WEIGHTS,
            SharingSettings.INGEST_SHARE,
            SharingSettings.USER_REQUESTS,
            SharingSettings.USER_TOKENS);

    private final Models models;
    private final ThreadPool threadPool;
    private final LiveSettings live;
    private @Nullable Cancellable looking;

    private ModelTuning(Models models, ThreadPool threadPool, LiveSettings live) {
        this.models = models;
        this.threadPool = threadPool;
        this.live = live;
    }

    /**
     * Follows the settings from now on.
     *
     * @param live follows them already, so that it is asked after it was told
     */
    static void follow(Models models, ThreadPool threadPool, ClusterSettings cluster, LiveSettings live) {
        ModelTuning tuning = new ModelTuning(models, threadPool, live);
        cluster.addSettingsUpdateConsumer(changed -> models.tune(tuning::apply), TUNED);
        cluster.addSettingsUpdateConsumer(SharingSettings.IDLE_TIMEOUT, tuning::unloadIdleAfter);
        models.tune(tuning::apply);
        tuning.unloadIdleAfter(live.get(SharingSettings.IDLE_TIMEOUT));
    }

    private void apply(LanguageModel model) {
        model.setThreads(live.get(GenerateSettings.THREADS));
        model.setShare(live.get(GenerateSettings.THREADS_SHARE));
        model.setKvBytes(live.get(GenerateSettings.KV_MEMORY).getBytes());
        model.setLimits(SharingSettings.limits(live));
        model.setSpeculation(live.get(GenerateSettings.SPECULATION));
    }

    private synchronized void unloadIdleAfter(TimeValue idle) {
        if (looking != null) {
            looking.cancel();
            looking = null;
        }
        if (idle.nanos() > 0) {
            TimeValue pause = TimeValue.timeValueMillis(Math.clamp(idle.millis() / LOOKS, 1, LONGEST_PAUSE.millis()));
            looking = threadPool.scheduleWithFixedDelay(() -> models.unloadIdle(idle), pause, Pools.LOAD);
        }
    }
}
