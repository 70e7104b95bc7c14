/** How many runs are active, in the status bar; a click shows them. */
import { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { Client } from '../client';
import { RunPage } from '../contract';
import { IChange } from '../live';
import { useBench, useChanges } from '../ui/bench';
import { Resource } from '../ui/resource';

export class ActiveRunsModel extends Resource<RunPage> {
  constructor(client: Client, live: ISignal<unknown, IChange>) {
    const filter = "status = 'running'";
    super({ load: signal => client.runs({ filter, limit: 1 }, signal), nouns: ['run'], live });
  }
}

export function ActiveRuns(props: { model: ActiveRunsModel }): JSX.Element | null {
  const { commands, trans } = useBench();
  useChanges(props.model);
  const active = props.model.value?.total ?? 0;
  if (active === 0) {
    return null;
  }
  return (
    <button
      type="button"
      className="bb-StatusItem"
      title={trans.__('Show the runs')}
      onClick={() => void commands.execute('benchbook:show-runs')}
    >
      <span className="bb-StatusItem-dot" aria-hidden="true" />
      {trans._n('%1 run active', '%1 runs active', active)}
    </button>
  );
}
