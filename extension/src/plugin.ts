/** Makes the workbench out of what this application offers. */
import {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';

import { Settings } from './settings';
import { IWorkbench, Workbench } from './workbench';

const ID = 'benchbook:plugin';

async function followSettings(settings: Settings, registry: ISettingRegistry): Promise<void> {
  try {
    settings.follow(await registry.load(ID));
  } catch (thrown) {
    // The schema's defaults then stand; a person who edits the settings sees Lab's own message.
    // eslint-disable-next-line no-console
    console.warn('The settings of Benchbook could not be loaded.', thrown);
  }
}

export const workbenchPlugin: JupyterFrontEndPlugin<IWorkbench> = {
  id: ID,
  description:
    'What the parts of Benchbook share: client, live changes, settings and places in the shell.',
  autoStart: true,
  provides: IWorkbench,
  optional: [
    ICommandPalette,
    IEditorServices,
    ILabShell,
    ILauncher,
    ILayoutRestorer,
    INotebookTracker,
    IRenderMimeRegistry,
    ISettingRegistry,
    ITranslator,
    NotebookPanel.IContentFactory
  ],
  activate: (
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    editors: IEditorServices | null,
    labShell: ILabShell | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null,
    notebooks: INotebookTracker | null,
    rendermime: IRenderMimeRegistry | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    contentFactory: NotebookPanel.IContentFactory | null
  ): IWorkbench => {
    const settings = new Settings();
    if (registry !== null) {
      void followSettings(settings, registry);
    }
    const rendering =
      rendermime && contentFactory && editors ? { rendermime, contentFactory, editors } : null;
    return new Workbench({
      app,
      labShell,
      launcher,
      notebooks,
      palette,
      rendering,
      restorer,
      settings,
      translator
    });
  }
};
