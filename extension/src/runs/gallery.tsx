/** The artifacts of a run: pictures as thumbnails, everything to download. */
import { downloadIcon, fileIcon } from '@jupyterlab/ui-components';
import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';

import { Artifact } from '../contract';
import { asError } from '../errors';
import { useBench, useChanges } from '../ui/bench';
import { fileName } from '../ui/format';
import { Section } from '../ui/page';
import { Name, Size } from '../ui/parts';
import { Artifacts } from './artifacts';
import { imageType } from './detail';

export function ArtifactGrid(props: { model: Artifacts; artifacts: Artifact[] }): JSX.Element {
  const { trans } = useBench();
  useChanges(props.model);
  const pictures = props.artifacts.filter(artifact => imageType(artifact) !== null);
  const files = props.artifacts.filter(artifact => imageType(artifact) === null);
  return (
    <Section title={trans.__('Artifacts')} count={props.artifacts.length}>
      {pictures.length > 0 && (
        <ul className="bb-Gallery">
          {pictures.map(artifact => (
            <Tile key={artifact.path} model={props.model} artifact={artifact} />
          ))}
        </ul>
      )}
      {files.length > 0 && (
        <ul className="bb-Files">
          {files.map(artifact => (
            <li key={artifact.path}>
              <FileLine model={props.model} artifact={artifact} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

interface IArtifactProps {
  model: Artifacts;
  artifact: Artifact;
}

function Tile(props: IArtifactProps): JSX.Element {
  const [large, setLarge] = React.useState(false);
  const type = imageType(props.artifact) ?? '';
  return (
    <li className="bb-Tile" data-large={large}>
      <Thumbnail {...props} type={type} large={large} onClick={() => setLarge(!large)} />
      <FileLine {...props} />
    </li>
  );
}

function FileLine(props: IArtifactProps): JSX.Element {
  const { trans } = useBench();
  const { artifact, model } = props;
  const download = (): void => {
    model.download(artifact).catch(error => Notification.error(asError(error).message));
  };
  return (
    <div className="bb-Tile-line">
      {imageType(artifact) === null && (
        <fileIcon.react tag="span" className="bb-Icon" width="14px" height="14px" />
      )}
      <Name text={fileName(artifact.path)} title={artifact.path} />
      <Size bytes={artifact.size} />
      <button
        type="button"
        className="bb-IconButton"
        title={trans.__('Download')}
        aria-label={trans.__('Download %1', artifact.path)}
        onClick={download}
      >
        <downloadIcon.react tag="span" width="14px" height="14px" />
      </button>
    </div>
  );
}

function Thumbnail(props: {
  model: Artifacts;
  artifact: Artifact;
  type: string;
  large: boolean;
  onClick: () => void;
}): JSX.Element {
  const { trans } = useBench();
  const { url, error } = props.model.picture(props.artifact, props.type);
  return (
    <button
      type="button"
      className="bb-Tile-picture"
      aria-label={trans.__('Enlarge %1', props.artifact.path)}
      aria-pressed={props.large}
      onClick={props.onClick}
    >
      {url && <img src={url} alt={props.artifact.path} />}
      {error && <span className="bb-Quiet">{error.message}</span>}
    </button>
  );
}
