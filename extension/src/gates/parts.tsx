/** The small words of gates: passed or failed, waiting, served. Shape and word, never colour alone. */
import * as React from 'react';

import { CheckStatus, ModelVersion, VerdictHead } from '../contract';
import { useBench, useChanges } from '../ui/bench';
import { Hidden } from '../ui/parts';
import { markWords, Standing } from './standing';

type Look = CheckStatus | 'served' | 'forced';

const SHAPES: Record<Look, string> = {
  passed: 'M6.500 12.800 2 8.300l1.300-1.300 3.200 3.200L12.700 4 14 5.300z',
  failed:
    'M4.300 3 8 6.700 11.700 3 13 4.300 9.300 8l3.700 3.700-1.300 1.300L8 9.300 4.300 13 3 11.700 6.700 8 3 4.300z',
  waiting:
    'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zm-.800 2.500v4.100l3.300 2 .700-1.200-2.500-1.500V4.500z',
  error: 'M8 1.800 15 14H1zM7.200 6v4h1.600V6zm0 5v1.600h1.600V11z',
  served: 'M4.500 3v10L13 8z',
  forced: 'M8 1.800 15 14H1zM7.200 6v4h1.600V6zm0 5v1.600h1.600V11z'
};

function useLookWord(look: Look): string {
  const { trans } = useBench();
  const words: Record<Look, string> = {
    passed: trans.__('passed'),
    failed: trans.__('failed'),
    waiting: trans.__('waits'),
    error: trans.__('error'),
    served: trans.__('served'),
    forced: trans.__('forced')
  };
  return words[look];
}

/** A state as glyph and word. */
export function Mark(props: { look: Look; word?: string; title?: string }): JSX.Element {
  const usual = useLookWord(props.look);
  return (
    <span className="bb-Mark" data-look={props.look} title={props.title}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d={SHAPES[props.look]} fill="currentColor" fillRule="evenodd" />
      </svg>
      <span className="bb-Mark-word">{props.word ?? usual}</span>
    </span>
  );
}

/** A verdict as a button that opens its page. */
export function VerdictLink(props: { verdict: VerdictHead }): JSX.Element {
  const { commands, trans } = useBench();
  const { gate, id, passed, sentence } = props.verdict;
  return (
    <button
      type="button"
      className="bb-MarkButton"
      title={sentence}
      aria-label={
        passed
          ? trans.__('Gate %1 passed: open the verdict', gate)
          : trans.__('Gate %1 failed: open the verdict', gate)
      }
      onClick={() => void commands.execute('benchbook:open-verdict', { id })}
    >
      <Mark look={passed ? 'passed' : 'failed'} />
    </button>
  );
}

/** Where a version stands, in the row of the sidebar: what serves comes first, then what waits, then the verdict. */
export function VersionBadge(props: {
  standing: Standing;
  version: Pick<ModelVersion, 'name' | 'version'>;
}): JSX.Element | null {
  const { trans } = useBench();
  useChanges(props.standing);
  const mark = props.standing.mark(props.version);
  const words = markWords(mark, trans).join(', ');
  if (!words) {
    return null;
  }
  return (
    <span title={words}>
      <span className="bb-Badges" aria-hidden="true">
        {mark.served && <Mark look="served" />}
        {mark.waiting ? (
          <Gate look="waiting" />
        ) : (
          mark.verdict && <Gate look={mark.verdict.passed ? 'passed' : 'failed'} />
        )}
      </span>
      <Hidden text={words} />
    </span>
  );
}

/** The scales, and what they said. */
function Gate(props: { look: 'passed' | 'failed' | 'waiting' }): JSX.Element {
  return (
    <span className="bb-GateMark">
      {'⚖'}
      <Mark look={props.look} />
    </span>
  );
}
