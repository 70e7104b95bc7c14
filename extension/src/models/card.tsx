/** The Card tab: the model card in Lab's own dress, its gaps in red, and the card as a file. Text only, never HTML. */
import * as React from 'react';

import { ModelCard, ModelVersion, Section as CardSection } from '../contract';
import { useBench } from '../ui/bench';
import { Action, Pairs, Section } from '../ui/page';
import { ErrorBox, Skeleton } from '../ui/states';
import { Resource } from '../ui/resource';
import { Table } from '../ui/table';

export function CardTab(props: { card: Resource<ModelCard>; version: ModelVersion }): JSX.Element {
  const { error, value } = props.card;
  return (
    <>
      {error && <ErrorBox error={error} onRetry={() => void props.card.refresh()} />}
      {value ? <Card card={value} version={props.version} /> : !error && <Skeleton lines={12} />}
    </>
  );
}

function Card(props: { card: ModelCard; version: ModelVersion }): JSX.Element {
  const { card, version } = props;
  return (
    <div className="bb-ModelCard">
      <Files version={version} />
      {card.gaps.length > 0 && <Gaps gaps={card.gaps} />}
      {card.sections.map((section, at) => (
        <Part key={at} section={section} />
      ))}
    </div>
  );
}

function Gaps(props: { gaps: string[] }): JSX.Element {
  const { trans } = useBench();
  return (
    <div className="bb-Gaps">
      <p className="bb-Gap">{trans._n('%1 missing', '%1 missing', props.gaps.length)}</p>
      <ul>
        {props.gaps.map(gap => (
          <li key={gap}>{gap}</li>
        ))}
      </ul>
    </div>
  );
}

function Part(props: { section: CardSection }): JSX.Element {
  const { trans } = useBench();
  const { missing, text, title } = props.section;
  return (
    <Section title={title}>
      {missing && <p className="bb-Gap">{trans.__('missing: %1', missing)}</p>}
      {text && <p className="bb-Card-text">{text}</p>}
      <Rows section={props.section} />
    </Section>
  );
}

/** Pairs where the table has no heads, else a table. */
function Rows(props: { section: CardSection }): JSX.Element | null {
  const { trans } = useBench();
  const { head, rows, title } = props.section;
  if (rows.length === 0) {
    return null;
  }
  if (!head.some(Boolean)) {
    return <Pairs pairs={rows.map(([key, value]) => [key, value])} />;
  }
  const numbered = rows.map((cells, at) => ({ at, cells }));
  return (
    <Table
      caption={title}
      rows={numbered}
      keyOf={row => row.at}
      columns={head.map((name, at) => ({
        title: name || trans.__('Kind'),
        untitled: !name,
        cell: (row: { cells: string[] }) => <span title={row.cells[at]}>{row.cells[at]}</span>
      }))}
    />
  );
}

function Files(props: { version: ModelVersion }): JSX.Element {
  const { client, trans } = useBench();
  const { name, version } = props.version;
  const save = async (kind: 'html' | 'markdown', ending: string): Promise<void> => {
    const url = URL.createObjectURL(await client.cardFile(name, version, kind));
    const link = document.createElement('a');
    link.href = url;
    link.download = `card-${name}-${version}.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1_000);
  };
  return (
    <div className="bb-Actions">
      <Action label={trans.__('Save as HTML')} onClick={() => void save('html', 'html')} />
      <Action label={trans.__('Save as Markdown')} onClick={() => void save('markdown', 'md')} />
    </div>
  );
}
