/** The page of one monitor: what goes on, the timeline, and the lists of alerts, retrainings and chunks. */
import * as React from 'react';

import { LoopMode, MonitorAnswer, MonitorPage as Page } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { Word } from '../ui/chip';
import { number, percent } from '../ui/format';
import { Action, Fact, PageHeader } from '../ui/page';
import { Empty, ErrorBox, Skeleton, Working } from '../ui/states';
import { ITab, Tabs } from '../ui/tabs';
import { CellPanel, VersionChip } from './cell';
import { HeatLegend, HeatMap } from './heat';
import { AlertsTab, ChunksTab, RetrainingsTab, State } from './lists';
import { MonitorPageModel } from './model';
import { ILayout, layout } from './scale';
import { PerformanceChart, TimelineHead } from './timeline';
import { Notices } from './waiting';

export function MonitorPage(props: { model: MonitorPageModel }): JSX.Element {
  const { model } = props;
  useChanges(model);
  const { error, loading, value: answer } = model.answer;
  return (
    <div className="bb-Page">
      <Working busy={(loading && answer === undefined) || model.doing !== ''} />
      {error && <ErrorBox error={error} onRetry={() => void model.answer.refresh()} />}
      {answer ? <Loaded model={model} answer={answer} /> : !error && <Skeleton lines={12} />}
    </div>
  );
}

function Loaded(props: { model: MonitorPageModel; answer: MonitorAnswer }): JSX.Element {
  const { trans } = useBench();
  const { answer, model } = props;
  return (
    <>
      <Header model={model} answer={answer} />
      <Notices model={model} answer={answer} />
      <Tabs
        label={trans.__('Parts of the monitor')}
        current={model.tab}
        tabs={useTabs(model, answer.page)}
        onSelect={tab => {
          model.tab = tab;
        }}
      />
    </>
  );
}

function useTabs(model: MonitorPageModel, page: Page): ITab[] {
  const { trans } = useBench();
  const props = { model, page };
  return [
    { id: 'timeline', label: trans.__('Timeline'), render: () => <Timeline {...props} /> },
    {
      id: 'alerts',
      label: trans.__('Alerts'),
      count: page.total_alerts,
      disabled: page.total_alerts === 0,
      render: () => <AlertsTab {...props} />
    },
    {
      id: 'retrainings',
      label: trans.__('Retrainings'),
      count: page.total_retrainings,
      disabled: page.total_retrainings === 0,
      render: () => <RetrainingsTab {...props} />
    },
    {
      id: 'chunks',
      label: trans.__('Chunks'),
      count: page.total_chunks,
      disabled: page.total_chunks === 0,
      render: () => <ChunksTab {...props} />
    }
  ];
}

function Actions(props: { model: MonitorPageModel; answer: MonitorAnswer }): JSX.Element {
  const { commands, trans } = useBench();
  const { answer, model } = props;
  const { name, pipeline } = answer.page;
  const busy = model.doing !== '';
  const run = (command: string): void => void commands.execute(command, { name });
  return (
    <>
      <Action
        label={model.doing === 'look' ? trans.__('Looking…') : trans.__('Look now')}
        title={trans.__('Look at the chunks that are new')}
        disabled={busy}
        onClick={() =>
          void model.act('look', () => commands.execute('benchbook:look-at-monitor', { name }))
        }
      />
      {pipeline && (
        <Action
          label={trans.__('Retrain now…')}
          title={
            answer.due
              ? trans.__('Run the pipeline %1 for %2', pipeline, answer.due.chunk)
              : trans.__('No open alert calls for a retraining')
          }
          disabled={busy || !answer.due || answer.retraining}
          onClick={() => run('benchbook:retrain-monitor')}
        />
      )}
      <Action
        label={trans.__('Close alerts…')}
        disabled={answer.page.open_count === 0}
        onClick={() => run('benchbook:close-alerts')}
      />
    </>
  );
}

function Header(props: { model: MonitorPageModel; answer: MonitorAnswer }): JSX.Element {
  const { commands, trans } = useBench();
  const { page } = props.answer;
  const open = page.open_count;
  return (
    <PageHeader
      kind={trans.__('Monitor')}
      title={page.name}
      mark={
        open > 0 ? (
          <State state="open" word={trans._n('%1 open alert', '%1 open alerts', open)} />
        ) : (
          <State state="answered" word={trans.__('no open alerts')} />
        )
      }
      actions={<Actions {...props} />}
    >
      <Fact label={trans.__('watches')}>
        <button
          type="button"
          className="bb-Link"
          onClick={() => void commands.execute('benchbook:open-model', { name: page.model })}
        >
          {page.model}
        </button>
        <Word text={page.alias} flag />
      </Fact>
      <Fact label={trans.__('by')}>{page.metric}</Fact>
      <Fact label={trans.__('on')}>
        <button
          type="button"
          className="bb-Link"
          onClick={() => void commands.execute('benchbook:open-dataset', { name: page.data })}
        >
          {page.data}
        </button>
      </Fact>
      {page.reference !== '' && (
        <Fact label={trans.__('reference')}>
          <VersionChip noun="dataset" text={page.reference} />
        </Fact>
      )}
      <LoopSwitch {...props} />
      {page.past && <PastFact page={page} past={page.past} />}
    </PageHeader>
  );
}

/** How good the estimator has been: one sentence, its details in the title. */
function PastFact(props: { page: Page; past: NonNullable<Page['past']> }): JSX.Element {
  const { trans } = useBench();
  const { past } = props;
  const details = trans.__(
    'Off by %1 on average (bias %2); the truth lay in the band in %3 of chunks, 95 % is claimed.',
    number(past.error),
    number(past.bias),
    percent(past.inside, 1)
  );
  return (
    <Fact label={trans.__('estimates')}>
      <span title={details}>
        {trans.__(
          'within ±%1 of the truth in %2 of %3 chunks',
          number(past.tolerance),
          past.within,
          past.chunks
        )}
      </span>
    </Fact>
  );
}

function useLoopWords(): Map<LoopMode, [string, string]> {
  const { trans } = useBench();
  return new Map([
    ['off', [trans.__('off'), trans.__('Looks only when you say so.')]],
    [
      'ask',
      [
        trans.__('look, ask before retraining'),
        trans.__('Looks at new data and alerts by itself; a retraining waits for you.')
      ]
    ],
    [
      'on',
      [
        trans.__('look and retrain'),
        trans.__('Looks, alerts, retrains and lets the gate decide, all by itself.')
      ]
    ]
  ]);
}

function LoopSwitch(props: { model: MonitorPageModel; answer: MonitorAnswer }): JSX.Element {
  const { client, trans } = useBench();
  const { answer, model } = props;
  const { loop, name } = answer.page;
  const words = useLoopWords();
  return (
    <Fact label={trans.__('by itself')}>
      <select
        className="bb-Select"
        aria-label={trans.__('What the monitor does by itself while JupyterLab is open')}
        title={words.get(loop)?.[1]}
        value={loop}
        disabled={model.doing !== ''}
        onChange={event =>
          void model.act('switch', () => client.switchLoop(name, event.target.value as LoopMode))
        }
      >
        {[...words].map(([mode, [word]]) => (
          <option key={mode} value={mode}>
            {word}
          </option>
        ))}
      </select>
    </Fact>
  );
}

/** The width of what stands in `host`, as it changes. */
function useWidth(host: React.RefObject<HTMLElement>): number {
  const [width, setWidth] = React.useState(0);
  React.useLayoutEffect(() => {
    const node = host.current;
    if (!node) {
      return;
    }
    // A hidden page has no width; what was drawn stays for when it is shown again.
    const resize = new ResizeObserver(() => setWidth(last => node.clientWidth || last));
    resize.observe(node);
    setWidth(node.clientWidth);
    return () => resize.disconnect();
  }, [host]);
  return width;
}

function Timeline(props: { model: MonitorPageModel; page: Page }): JSX.Element {
  const { trans } = useBench();
  const { page } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const room = useWidth(host);
  const count = page.chunks.length;
  const letters = Math.max(0, ...page.chunks.map(({ id }) => id.length));
  const places = React.useMemo(() => layout(room, count, letters), [room, count, letters]);
  return (
    <div ref={host}>
      {page.total_chunks === 0 ? (
        <Empty
          sentence={trans.__(
            'Nothing was seen yet. Save what the model has met as a new version of %1, then look.',
            page.data
          )}
          code={`bb.save_dataset(${JSON.stringify(page.data)}, frame)`}
        />
      ) : (
        room > 0 && <Drawn {...props} places={places} room={room} />
      )}
    </div>
  );
}

/** Pixels that a cell's panel needs to stand beside the timeline and not under it. */
const BESIDE = 440;

function Drawn(props: {
  model: MonitorPageModel;
  page: Page;
  places: ILayout;
  room: number;
}): JSX.Element {
  const { model, page, places, room } = props;
  const [at, setAt] = React.useState<number | null>(null);
  const place = places.width + BESIDE <= room ? 'beside' : 'below';
  return (
    <>
      <Part model={model} page={page} />
      <TimelineHead page={page} at={at} />
      <div className="bb-Timeline" data-panel={place}>
        <div className="bb-Timeline-body" style={{ width: places.width }}>
          <PerformanceChart page={page} layout={places} onHover={setAt} />
          <HeatMap model={model} page={page} layout={places} selection={model.selection} />
          <More model={model} page={page} />
        </div>
        <CellPanel model={model} page={page} />
      </div>
      <HeatLegend />
    </>
  );
}

/** Which part of a long history is shown. */
function Part(props: { model: MonitorPageModel; page: Page }): JSX.Element | null {
  const { trans } = useBench();
  const { model, page } = props;
  const last = page.first + page.chunks.length;
  if (page.chunks.length === page.total_chunks) {
    return null;
  }
  return (
    <div className="bb-Pager">
      <span role="status">
        {trans.__('chunks %1-%2 of %3', page.first + 1, last, page.total_chunks)}
      </span>
      <button
        type="button"
        className="bb-Link"
        disabled={page.first === 0}
        onClick={() => model.turnPage(-1)}
      >
        {trans.__('Earlier')}
      </button>
      <button
        type="button"
        className="bb-Link"
        disabled={last === page.total_chunks}
        onClick={() => model.turnPage(1)}
      >
        {trans.__('Later')}
      </button>
    </div>
  );
}

function More(props: { model: MonitorPageModel; page: Page }): JSX.Element | null {
  const { trans } = useBench();
  const { model, page } = props;
  const shown = page.drift.length;
  return page.total_columns > shown ? (
    <button type="button" className="bb-Link" onClick={() => model.showMoreColumns()}>
      {trans.__('Show more columns (%1 of %2, largest first)', shown, page.total_columns)}
    </button>
  ) : null;
}
