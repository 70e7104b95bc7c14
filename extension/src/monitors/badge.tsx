/** How many alerts wait for an answer: beside a model in its sidebar, and in the status bar. */
import * as React from 'react';

import { useBench, useChanges } from '../ui/bench';
import { IWorkbench } from '../workbench';
import { MonitorsModel } from './model';

const models = new WeakMap<IWorkbench, MonitorsModel>();

/** The one list of monitors of a workbench. */
export function monitorsOf(bench: IWorkbench): MonitorsModel {
  const model = models.get(bench) ?? new MonitorsModel(bench.client, bench.live.changed);
  models.set(bench, model);
  return model;
}

/** Open alerts of a model; nothing where there are none. A click opens its monitor. */
export function AlertBadge(props: { model: string }): JSX.Element | null {
  const bench = useBench();
  const { commands, trans } = bench;
  const monitors = monitorsOf(bench);
  useChanges(monitors);
  const open = monitors.openAlerts(props.model);
  if (open === 0) {
    return null;
  }
  const label = trans._n('%1 open alert', '%1 open alerts', open);
  return (
    <button
      type="button"
      tabIndex={-1}
      className="bb-Badge"
      title={label}
      aria-label={label}
      onClick={event => {
        event.stopPropagation();
        void commands.execute('benchbook:open-model-monitor', { name: props.model });
      }}
    >
      {`▲ ${open}`}
    </button>
  );
}

/** Open alerts of the project; nothing where there are none. */
export function OpenAlerts(): JSX.Element | null {
  const bench = useBench();
  const { commands, trans } = bench;
  const monitors = monitorsOf(bench);
  useChanges(monitors);
  const open = monitors.openAlerts();
  return open === 0 ? null : (
    <button
      type="button"
      className="bb-StatusItem"
      title={trans.__('Show the monitors')}
      onClick={() => void commands.execute('benchbook:open-model-monitor')}
    >
      <span aria-hidden="true">▲</span>
      {trans._n('%1 open alert', '%1 open alerts', open)}
    </button>
  );
}
