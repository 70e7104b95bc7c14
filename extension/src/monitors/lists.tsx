/** The lists of a monitor's page: alerts, retrainings, and all chunks as a table. */
import * as React from 'react';

import { ChunkPoint, GateWord, MonitorPage, Retraining, RungAlert } from '../contract';
import { useBench } from '../ui/bench';
import { RefChip, RunChip } from '../ui/chip';
import { CopyButton } from '../ui/copy';
import { number } from '../ui/format';
import { Ago, Num } from '../ui/parts';
import { ITableColumn, Table } from '../ui/table';
import { MonitorPageModel } from './model';
import { chunkText } from './scale';

/** What became of an alert or a retraining: a sign and a word. */
export function State(props: { state: string; word: string; title?: string }): JSX.Element {
  const signs = new Map([
    ['open', '▲'],
    ['answered', '✓'],
    ['promoted', '✓'],
    ['held', '‖'],
    ['waiting', '◔'],
    ['failed', '✕'],
    ['going', '●']
  ]);
  return (
    <span className="bb-State" data-state={props.state} title={props.title ?? props.word}>
      <span aria-hidden="true">{signs.get(props.state)}</span> {props.word}
    </span>
  );
}

function useKinds(): Map<string, string> {
  const { trans } = useBench();
  return new Map([
    ['drift', trans.__('drift')],
    ['performance', trans.__('performance')],
    ['estimate', trans.__('estimate')],
    ['quality', trans.__('quality')]
  ]);
}

/** A chunk or cell to look at. */
function CellLink(props: {
  model: MonitorPageModel;
  page: MonitorPage;
  chunk: string;
  column?: string;
  text: string;
}): JSX.Element {
  const { chunk, column, model, page, text } = props;
  if (!page.chunks.some(({ id }) => id === chunk)) {
    return <>{text}</>;
  }
  return (
    <button
      type="button"
      className="bb-Link"
      onClick={() => {
        model.select({ chunk, column: column || null });
        model.tab = 'timeline';
      }}
    >
      {text}
    </button>
  );
}

function AlertState(props: { alert: RungAlert }): JSX.Element {
  const { trans } = useBench();
  const { answer } = props.alert;
  return answer ? (
    <State state="answered" word={answer} />
  ) : (
    <State state="open" word={trans.__('open')} />
  );
}

export function AlertsTab(props: { model: MonitorPageModel; page: MonitorPage }): JSX.Element {
  const { trans } = useBench();
  const { model, page } = props;
  const alerts = page.alerts.filter(
    ({ chunk }) => model.alertsOf === '' || chunk === model.alertsOf
  );
  return (
    <>
      <AlertsHead model={model} page={page} shown={alerts} />
      <Table<RungAlert>
        caption={trans.__('Alerts')}
        rows={alerts}
        keyOf={alert => alert.id}
        columns={useAlertColumns(model, page)}
      />
    </>
  );
}

function AlertsHead(props: {
  model: MonitorPageModel;
  page: MonitorPage;
  shown: RungAlert[];
}): JSX.Element {
  const { commands, trans } = useBench();
  const { model, page, shown } = props;
  const open = shown.filter(({ answer }) => answer === '').map(({ id }) => id);
  const all = model.alertsOf === '';
  return (
    <div className="bb-Pager">
      <span role="status">
        {all
          ? trans.__('%1 open of %2', page.open_count, page.total_alerts)
          : trans.__('%1: %2 open of %3', model.alertsOf, open.length, shown.length)}
      </span>
      {!all && (
        <button type="button" className="bb-Link" onClick={() => model.showAlerts('')}>
          {trans.__('Show all chunks')}
        </button>
      )}
      {open.length > 0 && (
        <button
          type="button"
          className="bb-Link"
          onClick={() =>
            void commands.execute('benchbook:close-alerts', {
              name: page.name,
              alerts: all ? [] : open
            })
          }
        >
          {all ? trans.__('Close all open…') : trans.__('Close these…')}
        </button>
      )}
    </div>
  );
}

function useAlertColumns(model: MonitorPageModel, page: MonitorPage): ITableColumn<RungAlert>[] {
  const { commands, trans } = useBench();
  const kinds = useKinds();
  return [
    { title: trans.__('State'), cell: alert => <AlertState alert={alert} /> },
    {
      title: trans.__('Chunk'),
      cell: alert => (
        <CellLink
          model={model}
          page={page}
          chunk={alert.chunk}
          column={alert.column}
          text={alert.chunk}
        />
      )
    },
    { title: trans.__('Kind'), cell: alert => kinds.get(alert.kind) },
    {
      title: trans.__('What rang'),
      cell: alert => <span className="bb-Wrapped">{alert.message}</span>
    },
    { title: trans.__('Rang'), cell: alert => <Ago time={alert.time} /> },
    {
      title: trans.__('Answer'),
      cell: alert =>
        alert.answer === '' && (
          <button
            type="button"
            className="bb-Link"
            aria-label={trans.__('Close the alert: %1', alert.message)}
            onClick={() =>
              void commands.execute('benchbook:close-alerts', {
                name: page.name,
                alerts: [alert.id]
              })
            }
          >
            {trans.__('Close…')}
          </button>
        )
    }
  ];
}

function useOutcomes(): Map<string, string> {
  const { trans } = useBench();
  return new Map([
    ['promoted', trans.__('promoted')],
    ['held', trans.__('held')],
    ['waiting', trans.__('waits for approval')],
    ['failed', trans.__('failed')],
    ['going', trans.__('under way')]
  ]);
}

/** What the gate said of one version; a click opens the verdict. */
function Verdict(props: { gate: string; word: GateWord }): JSX.Element {
  const { commands, trans } = useBench();
  const { id, passed, version } = props.word;
  const word = passed
    ? trans.__('v%1 passed %2', version, props.gate)
    : trans.__('v%1 did not pass %2', version, props.gate);
  return (
    <button
      type="button"
      className="bb-Link bb-Verdict"
      onClick={() => void commands.execute('benchbook:open-verdict', { id })}
    >
      <State state={passed ? 'promoted' : 'failed'} word={word} />
    </button>
  );
}

export function RetrainingsTab(props: { model: MonitorPageModel; page: MonitorPage }): JSX.Element {
  const { trans } = useBench();
  const { page } = props;
  const words = useOutcomes();
  return (
    <Table<Retraining>
      caption={trans.__('Retrainings')}
      rows={page.retrainings}
      keyOf={one => one.fact}
      columns={[
        {
          title: trans.__('Outcome'),
          cell: one => {
            const state = one.outcome ?? 'going';
            return <State state={state} word={words.get(state) ?? state} />;
          }
        },
        {
          title: trans.__('For'),
          cell: one => <CellLink {...props} chunk={one.chunk} text={one.chunk} />
        },
        {
          title: trans.__('Because of'),
          cell: one => (
            <span title={one.alerts.join('\n')}>
              {trans._n('%1 alert', '%1 alerts', one.alerts.length)}
            </span>
          )
        },
        {
          title: trans.__('Run'),
          cell: one => one.run && <RunChip id={one.run} name={one.pipeline} />
        },
        {
          title: trans.__('Version'),
          cell: one =>
            one.version !== null && (
              <RefChip short to={{ noun: 'model', name: page.model, version: one.version }} />
            )
        },
        {
          title: trans.__('Gate'),
          cell: one =>
            (page.verdicts[one.fact] ?? []).map(word => (
              <Verdict key={word.id} gate={page.gate} word={word} />
            ))
        },
        {
          title: trans.__('Reason'),
          cell: one => <span className="bb-Wrapped">{one.reason}</span>
        },
        { title: trans.__('Began'), cell: one => <Ago time={one.time} /> }
      ]}
    />
  );
}

export function ChunksTab(props: { model: MonitorPageModel; page: MonitorPage }): JSX.Element {
  const { trans } = useBench();
  const { page } = props;
  const newest = [...page.chunks].reverse();
  return (
    <>
      <div className="bb-Pager">
        <CopyButton text={chunkText(page)} label={trans.__('Copy data')} />
      </div>
      <Table<ChunkPoint>
        caption={trans.__('Chunks')}
        rows={newest}
        keyOf={chunk => chunk.id}
        columns={useChunkColumns(props.model, page)}
      />
    </>
  );
}

function useChunkColumns(model: MonitorPageModel, page: MonitorPage): ITableColumn<ChunkPoint>[] {
  const { trans } = useBench();
  const value = (interval: [number, number, number] | null): React.ReactNode =>
    interval && (
      <span title={trans.__('%1 to %2', number(interval[1]), number(interval[2]))}>
        <Num value={interval[0]} />
      </span>
    );
  return [
    {
      title: trans.__('Chunk'),
      cell: chunk => <CellLink model={model} page={page} chunk={chunk.id} text={chunk.id} />
    },
    { title: trans.__('Rows'), numeric: true, cell: chunk => <Num value={chunk.rows} /> },
    { title: trans.__('Model'), cell: chunk => chunk.model },
    { title: page.metric, numeric: true, cell: chunk => value(chunk.performance) },
    { title: trans.__('Estimated'), numeric: true, cell: chunk => value(chunk.estimate) },
    {
      title: trans.__('Baseline'),
      numeric: true,
      cell: chunk => chunk.baseline !== null && <Num value={chunk.baseline} />
    },
    { title: trans.__('AUC'), numeric: true, cell: chunk => value(chunk.multivariate) },
    { title: trans.__('Alerts'), numeric: true, cell: chunk => <Num value={chunk.alerts} /> },
    { title: trans.__('Seen'), cell: chunk => <Ago time={chunk.time} /> }
  ];
}
