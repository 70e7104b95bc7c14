/** What stands where there is nothing yet, nothing any more, or something went wrong. */
import * as React from 'react';

import { BenchbookError } from '../errors';
import { useBench } from './bench';
import { CopyButton } from './copy';

/** One sentence, one line of code to copy, at most one button. */
export function Empty(props: {
  sentence: string;
  code?: string;
  button?: { label: string; onClick: () => void };
}): JSX.Element {
  return (
    <div className="bb-Empty">
      <p>{props.sentence}</p>
      {props.code && <CodeLine code={props.code} />}
      {props.button && (
        <button
          type="button"
          className="jp-mod-styled jp-mod-accept bb-Button"
          onClick={props.button.onClick}
        >
          {props.button.label}
        </button>
      )}
    </div>
  );
}

/** Code to copy, in the notebook's own type. */
export function CodeLine(props: { code: string }): JSX.Element {
  return (
    <div className="bb-CodeLine">
      <code>{props.code}</code>
      <CopyButton text={props.code} />
    </div>
  );
}

/** What was wrong, the next step, and the details to copy. */
export function ErrorBox(props: { error: BenchbookError; onRetry?: () => void }): JSX.Element {
  const { trans } = useBench();
  return (
    <div className="bb-Error" role="alert">
      <p className="bb-Error-message">{props.error.message}</p>
      {props.error.hint && <p className="bb-Error-hint">{props.error.hint}</p>}
      <div className="bb-Error-actions">
        {props.onRetry && (
          <button type="button" className="bb-Link" onClick={props.onRetry}>
            {trans.__('Try again')}
          </button>
        )}
        <CopyButton text={props.error.details} label={trans.__('Copy details')} />
      </div>
    </div>
  );
}

/** Whether `busy` has lasted for 200 ms: shorter waits are not worth a flicker. */
export function useLongBusy(busy: boolean): boolean {
  const [long, setLong] = React.useState(false);
  React.useEffect(() => {
    const timer = busy ? setTimeout(() => setLong(true), 200) : undefined;
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [busy]);
  return long;
}

/** Grey lines where the first answer will stand, once it takes longer than 200 ms. */
export function Skeleton(props: { lines?: number }): JSX.Element {
  const { trans } = useBench();
  const shown = useLongBusy(true);
  const lines = Array.from({ length: props.lines ?? 6 }, (_, at) => at);
  return (
    <div className="bb-Skeleton" role="status" aria-label={trans.__('Loading')} data-shown={shown}>
      {lines.map(at => (
        <div key={at} style={{ width: `${90 - ((at * 37) % 50)}%` }} />
      ))}
    </div>
  );
}

/** A thin moving line at the top edge while an answer is under way. */
export function Working(props: { busy: boolean }): JSX.Element | null {
  return useLongBusy(props.busy) ? <div className="bb-Working" aria-hidden="true" /> : null;
}
