/** What can be done with a model version, and what became of its aliases. */
import * as React from 'react';

import { AliasChange, ModelVersion } from '../contract';
import { refToServe } from '../endpoints/model';
import { Mark } from '../gates/parts';
import { Standing } from '../gates/standing';
import { loadLine } from '../refs';
import { useBench } from '../ui/bench';
import { RefChip, Word } from '../ui/chip';
import { Action } from '../ui/page';
import { Ago } from '../ui/parts';
import { Table } from '../ui/table';

export function ModelActions(props: { version: ModelVersion; standing: Standing }): JSX.Element {
  const { commands, trans } = useBench();
  const { name, version } = props.version;
  const code = loadLine({ noun: 'model', name, version });
  return (
    <>
      <GateActions {...props} />
      <ServeAction {...props} />
      <Action
        label={trans.__('Set alias…')}
        onClick={() => void commands.execute('benchbook:set-alias', { name, version })}
      />
      <Action
        label={trans.__('Insert load line')}
        title={code}
        onClick={() => void commands.execute('benchbook:insert-code', { code })}
      />
    </>
  );
}

function GateActions(props: { version: ModelVersion; standing: Standing }): JSX.Element | null {
  const { commands, trans } = useBench();
  const { name, version } = props.version;
  const [gate] = props.standing.gatesOf(name);
  if (!gate) {
    return null;
  }
  const args = { name, version, alias: gate.alias };
  return (
    <>
      <Action
        label={trans.__('Ask the gate')}
        title={trans.__('Let the gate %1 judge this version', gate.name)}
        onClick={() => void commands.execute('benchbook:evaluate-gate', args)}
      />
      <Action
        label={trans.__('Promote…')}
        disabled={gate.current === version}
        onClick={() => void commands.execute('benchbook:promote', args)}
      />
    </>
  );
}

function ServeAction(props: { version: ModelVersion; standing: Standing }): JSX.Element {
  const { commands, trans } = useBench();
  const { served } = props.standing.mark(props.version);
  const ref = refToServe(props.version);
  return served ? (
    <Action
      label={trans.__('Stop serving')}
      disabled={!served.url}
      onClick={() => void commands.execute('benchbook:stop-endpoint', { run: served.run })}
    />
  ) : (
    <Action
      label={trans.__('Serve')}
      title={trans.__('Start an HTTP endpoint for %1 on this machine', ref)}
      onClick={() => void commands.execute('benchbook:serve-model', { ref })}
    />
  );
}

export function HistoryTab(props: { name: string; history: AliasChange[] }): JSX.Element {
  const { trans } = useBench();
  const newest = [...props.history].sort((a, b) => b.time - a.time);
  return (
    <Table
      caption={trans.__('History of aliases')}
      rows={newest}
      keyOf={change => `${change.alias} ${change.time}`}
      columns={[
        { title: trans.__('Alias'), cell: change => <Word text={change.alias} flag /> },
        {
          title: trans.__('Pointed at'),
          cell: change => (
            <RefChip short to={{ noun: 'model', name: props.name, version: change.version }} />
          )
        },
        { title: trans.__('How'), cell: change => <How change={change} /> },
        { title: trans.__('When'), cell: change => <Ago time={change.time} /> },
        { title: trans.__('By'), cell: change => change.actor },
        {
          title: trans.__('Reason'),
          cell: change => <span title={change.reason}>{change.reason}</span>
        }
      ]}
    />
  );
}

function How(props: { change: AliasChange }): JSX.Element {
  const { trans } = useBench();
  const { forced, kind } = props.change;
  const words = {
    set_alias: trans.__('set'),
    promote: trans.__('through its gate'),
    rollback: trans.__('rolled back')
  };
  return forced ? (
    <span className="bb-Forced">
      <Mark look="forced" />
    </span>
  ) : (
    <>{words[kind]}</>
  );
}
