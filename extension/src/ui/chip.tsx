/** Refs as chips: a hover shows a card, a click opens the page, dragging into a cell or right-click gives the code. */
import * as React from 'react';
import { createPortal } from 'react-dom';

import { ICard } from '../cards';
import { IRef, loadLine, refText } from '../refs';
import { useBench } from './bench';
import * as format from './format';
import { dataIcon, modelsIcon, runsIcon } from './icons';
import { Ago, Num, Size } from './parts';

const HOVER_DELAY = 350;

/** What context menus read from an element that stands for a ref. */
export function refData(ref: IRef): Record<`data-${string}`, string> {
  return {
    'data-bb-ref': refText(ref),
    'data-bb-noun': ref.noun,
    'data-bb-name': ref.name,
    'data-bb-version': String(ref.version)
  };
}

function useHover(): [DOMRect | null, React.DOMAttributes<HTMLElement>] {
  const [place, setPlace] = React.useState<DOMRect | null>(null);
  const timer = React.useRef<ReturnType<typeof setTimeout>>();
  const hide = (): void => {
    clearTimeout(timer.current);
    setPlace(null);
  };
  const show = (event: React.SyntheticEvent<HTMLElement>): void => {
    const node = event.currentTarget;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setPlace(node.getBoundingClientRect()), HOVER_DELAY);
  };
  React.useEffect(() => () => clearTimeout(timer.current), []);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Escape') {
      hide();
    }
  };
  return [
    place,
    {
      onMouseEnter: show,
      onMouseLeave: hide,
      onFocus: show,
      onBlur: hide,
      onMouseDown: hide,
      onKeyDown
    }
  ];
}

export function RefChip(props: { to: IRef; alias?: string; short?: boolean }): JSX.Element {
  const { commands } = useBench();
  const { to } = props;
  const [place, hover] = useHover();
  const uid = React.useId();
  const Icon = to.noun === 'dataset' ? dataIcon : modelsIcon;
  const open = (): void => {
    void commands.execute(`benchbook:open-${to.noun}`, { name: to.name, version: to.version });
  };
  return (
    <>
      <button
        type="button"
        className="bb-Chip"
        draggable
        aria-describedby={place ? uid : undefined}
        onClick={open}
        onDragStart={event => event.dataTransfer.setData('text/plain', loadLine(to))}
        {...refData(to)}
        {...hover}
      >
        <Icon.react tag="span" width="13px" height="13px" />
        <span className="bb-Chip-text">{props.short ? `v${to.version}` : refText(to)}</span>
        {props.alias && <span className="bb-Flag">{props.alias}</span>}
      </button>
      {place && <HoverCard id={uid} to={to} place={place} />}
    </>
  );
}

/** A run as a chip. */
export function RunChip(props: { id: string; name: string }): JSX.Element {
  const { commands, trans } = useBench();
  return (
    <button
      type="button"
      className="bb-Chip"
      title={trans.__('Open run %1', props.name)}
      data-bb-run={props.id}
      onClick={() => void commands.execute('benchbook:open-run', { id: props.id })}
    >
      <runsIcon.react tag="span" width="13px" height="13px" />
      <span className="bb-Chip-text">{props.name}</span>
    </button>
  );
}

/** A word in a box: tags, aliases, kinds. */
export function Word(props: { text: string; title?: string; flag?: boolean }): JSX.Element {
  return (
    <span className={props.flag ? 'bb-Flag' : 'bb-Word'} title={props.title ?? props.text}>
      {props.text}
    </span>
  );
}

function HoverCard(props: { id: string; to: IRef; place: DOMRect }): JSX.Element {
  const { cards, trans } = useBench();
  const [card, setCard] = React.useState<ICard | null>(null);
  const [missing, setMissing] = React.useState('');
  const { noun, name, version } = props.to;
  React.useEffect(() => {
    let wanted = true;
    cards.fetch({ noun, name, version }).then(
      found => wanted && setCard(found),
      (error: Error) => wanted && setMissing(error.message)
    );
    return () => {
      wanted = false;
    };
  }, [cards, noun, name, version]);
  const below = props.place.bottom + 140 < window.innerHeight;
  const style: React.CSSProperties = {
    left: Math.max(8, Math.min(props.place.left, window.innerWidth - 288)),
    ...(below
      ? { top: props.place.bottom + 4 }
      : { bottom: window.innerHeight - props.place.top + 4 })
  };
  return createPortal(
    <div className="bb-Card" role="tooltip" id={props.id} style={style}>
      <div className="bb-Card-title">{refText(props.to)}</div>
      {card ? <CardFacts card={card} /> : <p>{missing || trans.__('Loading…')}</p>}
    </div>,
    document.body
  );
}

function CardFacts(props: { card: ICard }): JSX.Element {
  const { trans } = useBench();
  const { version } = props.card;
  return (
    <>
      {props.card.noun === 'dataset' ? (
        <DatasetFacts version={props.card.version} />
      ) : (
        <ModelFacts version={props.card.version} />
      )}
      <p className="bb-Card-made">
        <Ago time={version.created} /> {trans.__('by %1', version.actor)}
        {version.aliases.map(alias => (
          <Word key={alias} text={alias} flag />
        ))}
      </p>
      {version.note && <p className="bb-Card-note">{version.note}</p>}
    </>
  );
}

function DatasetFacts(props: { version: (ICard & { noun: 'dataset' })['version'] }): JSX.Element {
  const { trans } = useBench();
  const { rows, columns, size, format: kind } = props.version;
  return (
    <p>
      {rows !== null &&
        `${trans.__('%1 rows × %2 columns', format.number(rows), columns.length)} · `}
      <Size bytes={size} /> · {kind}
    </p>
  );
}

function ModelFacts(props: { version: (ICard & { noun: 'model' })['version'] }): JSX.Element {
  const shown = Object.entries(props.version.metrics).filter(
    ([, value]) => typeof value === 'number'
  );
  return (
    <>
      <p>{props.version.estimator.split('.').pop()}</p>
      <dl className="bb-Card-metrics">
        {shown.slice(0, 4).map(([key, value]) => (
          <React.Fragment key={key}>
            <dt>{key}</dt>
            <dd>
              <Num value={value as number} />
            </dd>
          </React.Fragment>
        ))}
      </dl>
    </>
  );
}
