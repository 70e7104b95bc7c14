/** The small words of every list and page: names, numbers, times, states. Data is only ever drawn as text. */
import * as React from 'react';

import { Run } from '../contract';
import { useBench } from './bench';
import { useNow, useSecond } from './clock';
import * as format from './format';

type Status = Run['status'];

const SHAPES: Record<Status, string> = {
  running: 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z',
  finished: 'M6.500 12.800 2 8.300l1.300-1.300 3.200 3.200L12.700 4 14 5.300z',
  failed:
    'M4.300 3 8 6.700 11.700 3 13 4.300 9.300 8l3.700 3.700-1.300 1.300L8 9.300 4.300 13 3 11.700 6.700 8 3 4.300z'
};

export function useStatusWord(status: Status): string {
  const { trans } = useBench();
  const words: Record<Status, string> = {
    running: trans.__('running'),
    finished: trans.__('finished'),
    failed: trans.__('failed')
  };
  return words[status];
}

/** The state as shape and colour; `word` adds it in letters, else it is in the title. */
export function StatusMark(props: { status: Status; word?: boolean }): JSX.Element {
  const word = useStatusWord(props.status);
  return (
    <span className="bb-Status" data-status={props.status} title={word}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d={SHAPES[props.status]} fill="currentColor" />
      </svg>
      {props.word ? <span className="bb-Status-word">{word}</span> : <Hidden text={word} />}
    </span>
  );
}

/** Text for screen readers only. */
export function Hidden(props: { text: string }): JSX.Element {
  return <span className="bb-hidden">{props.text}</span>;
}

/** A name that is cut before its last letters when there is no room. */
export function Name(props: { text: string; title?: string; className?: string }): JSX.Element {
  const [head, tail] = format.splitName(props.text);
  return (
    <span className={`bb-Name ${props.className ?? ''}`} title={props.title ?? props.text}>
      <span className="bb-Name-head">{head}</span>
      {tail && <span className="bb-Name-tail">{tail}</span>}
    </span>
  );
}

export function Num(props: { value: format.Num; label?: string }): JSX.Element {
  const title = format.exact(props.value);
  return (
    <span className="bb-Num" title={props.label ? `${props.label} = ${title}` : title}>
      {format.number(props.value)}
    </span>
  );
}

/** Any JSON value, short, with the exact one in the title. */
export function Value(props: { value: unknown }): JSX.Element {
  const kind = typeof props.value === 'number' ? 'bb-Num' : 'bb-Value';
  return (
    <span className={kind} title={format.exactValue(props.value)}>
      {format.value(props.value)}
    </span>
  );
}

export function Size(props: { bytes: number }): JSX.Element {
  const { trans } = useBench();
  return (
    <span className="bb-Num" title={trans.__('%1 bytes', format.exact(props.bytes))}>
      {format.bytes(props.bytes)}
    </span>
  );
}

/** `3 min ago`, with the moment in the title. `short` leaves out "ago". */
export function Ago(props: { time: number; short?: boolean }): JSX.Element {
  const { trans } = useBench();
  const past = Math.max(0, useNow() - props.time);
  return (
    <time
      className="bb-Time"
      title={format.moment(props.time)}
      dateTime={new Date(props.time * 1000).toISOString()}
    >
      {props.short ? format.age(past) : format.ago(past, trans)}
    </time>
  );
}

/** How long a run took, or the running clock of one that has not ended. */
export function Took(props: { started: number; ended: number | null }): JSX.Element {
  return props.ended === null ? (
    <Ticking started={props.started} />
  ) : (
    <span className="bb-Time" title={format.moment(props.ended)}>
      {format.duration(props.ended - props.started)}
    </span>
  );
}

function Ticking(props: { started: number }): JSX.Element {
  const now = useSecond();
  return (
    <span className="bb-Time" title={format.moment(props.started)}>
      {format.elapsed(now - props.started)}
    </span>
  );
}
