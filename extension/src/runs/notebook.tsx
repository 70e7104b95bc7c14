/** The Notebook tab of a run page. */
import * as React from 'react';

import { IExecutedNotebook } from '../client';
import { Run } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { LuminoHost } from '../ui/host';
import { Action } from '../ui/page';
import { Empty, ErrorBox, Skeleton } from '../ui/states';
import { RunDetail } from './detail';
import { drawNotebook } from './executed';

export function NotebookTab(props: { model: RunDetail; run: Run }): JSX.Element {
  const { trans } = useBench();
  const { notebook } = props.model;
  useChanges(notebook);
  if (notebook.error) {
    return <ErrorBox error={notebook.error} onRetry={() => void notebook.refresh()} />;
  }
  if (!notebook.value) {
    return <Skeleton lines={10} />;
  }
  return notebook.value.notebook === null ? (
    <Empty sentence={trans.__('No copy of the notebook was kept for this run.')} />
  ) : (
    <Drawn answer={notebook.value} run={props.run} />
  );
}

function Drawn(props: { answer: IExecutedNotebook; run: Run }): JSX.Element {
  const { commands, rendering, trans, translator } = useBench();
  const { notebook } = props.answer;
  const make = React.useMemo(
    () => (notebook && rendering ? () => drawNotebook(notebook, rendering, translator) : null),
    [notebook, rendering, translator]
  );
  return (
    <div className="bb-NotebookTab">
      <div className="bb-NotebookTab-head">
        <NotebookSentence answer={props.answer} />
        {props.run.notebook && (
          <Action
            label={trans.__('Open the source')}
            title={props.run.notebook}
            onClick={() =>
              void commands.execute('benchbook:open-notebook', { path: props.run.notebook })
            }
          />
        )}
      </div>
      {make && <LuminoHost className="bb-NotebookTab-view" make={make} />}
    </div>
  );
}

function NotebookSentence(props: { answer: IExecutedNotebook }): JSX.Element {
  const { trans } = useBench();
  const { cut, executed, path } = props.answer;
  return (
    <p className="bb-Quiet">
      {executed
        ? trans.__('%1, as it was executed.', path)
        : trans.__('%1, as its source was; it was not executed by a pipeline.', path)}{' '}
      {cut > 0 &&
        trans._n(
          '%1 output was left out for its size.',
          '%1 outputs were left out for their size.',
          cut
        )}
    </p>
  );
}
