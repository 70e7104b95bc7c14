/**
 * The executed notebook as Lab draws notebooks, but read-only, untrusted, and unable to fetch anything: one sanitizer
 * strips every address that leaves the page, and SVG is drawn as an image, where its scripts are dead.
 */
import { IEditorServices } from '@jupyterlab/codeeditor';
import { INotebookContent } from '@jupyterlab/nbformat';
import { NotebookModel, NotebookPanel, StaticNotebook } from '@jupyterlab/notebook';
import { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { isInline, isShown, safeNotebook } from './untrusted';

/** The parts of Lab that draw notebooks. */
export interface IRendering {
  rendermime: IRenderMimeRegistry;
  contentFactory: NotebookPanel.IContentFactory;
  editors: IEditorServices;
}

const ADDRESSES = [
  'src',
  'srcset',
  'poster',
  'background',
  'data',
  'action',
  'formaction',
  'xlink:href'
];
const FOREIGN =
  'iframe, object, embed, link, style, base, meta, form, audio, video, source, track, portal';

function stripElement(element: Element): void {
  for (const name of ADDRESSES) {
    const address = element.getAttribute(name);
    if (address !== null && (name === 'srcset' || !isInline(address))) {
      element.removeAttribute(name);
    }
  }
  if (/url\s*\(|image-set|@import|\\/i.test(element.getAttribute('style') ?? '')) {
    element.removeAttribute('style');
  }
}

/** HTML without anything that would make the browser fetch. A parsed document that is never shown fetches nothing. */
export function stripRemote(html: string): string {
  const page = new DOMParser().parseFromString(html, 'text/html');
  page.querySelectorAll(FOREIGN).forEach(element => element.remove());
  page.querySelectorAll('*').forEach(stripElement);
  return page.body.innerHTML;
}

class InertSanitizer implements IRenderMime.ISanitizer {
  constructor(private readonly _base: IRenderMime.ISanitizer) {}

  sanitize(dirty: string, options?: IRenderMime.ISanitizerOptions): string {
    return stripRemote(this._base.sanitize(dirty, options));
  }

  getAutolink(): boolean {
    return false;
  }

  get allowNamedProperties(): boolean {
    return false;
  }
}

class SvgImage extends Widget implements IRenderMime.IRenderer {
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const source = model.data['image/svg+xml'];
    const image = document.createElement('img');
    image.alt = '';
    image.src = `data:image/svg+xml,${encodeURIComponent(Array.isArray(source) ? source.join('') : String(source))}`;
    this.addClass('jp-RenderedImage');
    this.node.replaceChildren(image);
  }
}

/** A registry that shows what is known to be inert, whatever else extensions have registered. */
function inertRendermime(base: IRenderMimeRegistry): IRenderMimeRegistry {
  const clone = base.clone({ sanitizer: new InertSanitizer(base.sanitizer) });
  clone.mimeTypes.filter(kind => !isShown(kind, null)).forEach(kind => clone.removeMimeType(kind));
  clone.addFactory(
    { safe: true, mimeTypes: ['image/svg+xml'], createRenderer: () => new SvgImage() },
    60
  );
  return clone;
}

/** A widget that shows `notebook`; disposing it disposes its model. */
export function drawNotebook(
  notebook: object,
  rendering: IRendering,
  translator: ITranslator
): Widget {
  const model = new NotebookModel();
  model.fromJSON(safeNotebook(notebook) as unknown as INotebookContent);
  model.readOnly = true;
  for (const cell of model.cells) {
    cell.trusted = false;
  }
  const { defaultNotebookConfig } = StaticNotebook;
  const view = new StaticNotebook({
    rendermime: inertRendermime(rendering.rendermime),
    contentFactory: rendering.contentFactory,
    mimeTypeService: rendering.editors.mimeTypeService,
    translator,
    notebookConfig: { ...defaultNotebookConfig, windowingMode: 'none', scrollPastEnd: false }
  });
  view.model = model;
  view.addClass('bb-Executed');
  for (const cell of view.widgets) {
    cell.readOnly = true;
  }
  view.disposed.connect(() => model.dispose());
  return view;
}
