/** Endpoints in the shell: serving a model and stopping it, from the sidebar, the palette and the model's page. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, InputDialog, Notification } from '@jupyterlab/apputils';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { describe, pointedRef, textArg } from '../commands';
import { attempt } from '../gates/actions';
import { serveIcon, stopIcon } from '../ui/icons';
import { IWorkbench } from '../workbench';
import { refsToServe, refToServe } from './model';

/** The endpoint of the row under the context menu, by its run. */
function pointedEndpoint(app: JupyterFrontEnd): string {
  const node = app.contextMenuHitTest(element => 'bbServing' in element.dataset);
  return node?.dataset.bbServing ?? '';
}

/** What to serve: as the arguments say, else the version under the context menu, else what the person chooses. */
async function chooseRef(
  bench: IWorkbench,
  args: ReadonlyPartialJSONObject
): Promise<string | null> {
  const { app, client, trans } = bench;
  if (textArg(args, 'ref')) {
    return textArg(args, 'ref');
  }
  const pointed = pointedRef(app);
  if (pointed?.noun === 'model') {
    const { version } = await client.model(pointed.name, pointed.version);
    return refToServe(version);
  }
  const items = refsToServe(await client.models());
  if (items.length === 0) {
    Notification.info(trans.__('There is no model to serve yet.'));
    return null;
  }
  const { value } = await InputDialog.getItem({
    title: trans.__('Serve a model on this machine'),
    label: trans.__('A name or alias is followed: when it moves, the other version serves.'),
    items,
    okLabel: trans.__('Serve')
  });
  return value;
}

function addServe(bench: IWorkbench): void {
  const { app, client, commands, tasks, trans } = bench;
  commands.addCommand('benchbook:serve-model', {
    label: args =>
      textArg(args, 'ref') || pointedRef(app) ? trans.__('Serve') : trans.__('Serve…'),
    caption: trans.__('Start an HTTP endpoint for a model on this machine'),
    icon: serveIcon,
    describedBy: describe({
      ref: { type: 'string', description: 'What to serve, such as delay@champion' }
    }),
    execute: args =>
      attempt(bench, async () => {
        const ref = await chooseRef(bench, args);
        if (ref === null) {
          return;
        }
        const started = await tasks.run(trans.__('Starting to serve %1', ref), () =>
          client.serve(ref)
        );
        await commands.execute('benchbook:open-model', {
          name: started.model,
          version: started.version,
          tab: 'endpoint'
        });
      })
  });
}

function addStop(bench: IWorkbench): void {
  const { app, client, commands, tasks, trans } = bench;
  commands.addCommand('benchbook:stop-endpoint', {
    label: trans.__('Stop Serving'),
    caption: trans.__('End the endpoint; requests under way are answered first'),
    icon: stopIcon,
    describedBy: describe({ run: { type: 'string', description: "The id of the endpoint's run" } }),
    isVisible: args => textArg(args, 'run') !== '' || pointedEndpoint(app) !== '',
    execute: args => {
      const run = textArg(args, 'run') || pointedEndpoint(app);
      return attempt(bench, () =>
        tasks.run(trans.__('Ending the endpoint'), () => client.stopEndpoint(run))
      );
    }
  });
}

function addCopy(bench: IWorkbench): void {
  const { client, commands, trans } = bench;
  commands.addCommand('benchbook:copy-endpoint', {
    label: args => (args.what === 'token' ? trans.__('Copy Token') : trans.__('Copy curl')),
    caption: trans.__('Copy what a caller of the endpoint needs; it holds the token'),
    describedBy: describe(
      {
        run: { type: 'string', description: "The id of the endpoint's run" },
        what: { type: 'string', description: 'curl or token' }
      },
      ['run']
    ),
    execute: args =>
      attempt(bench, async () => {
        const access = await client.access(textArg(args, 'run'));
        Clipboard.copyToSystem(args.what === 'token' ? access.token : access.curl);
      })
  });
}

export const endpointsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'benchbook:endpoints',
  description: 'Starting and stopping endpoints.',
  autoStart: true,
  requires: [IWorkbench],
  activate: (_: JupyterFrontEnd, bench: IWorkbench) => {
    addServe(bench);
    addStop(bench);
    addCopy(bench);
    bench.inPalette('benchbook:serve-model');
  }
};
