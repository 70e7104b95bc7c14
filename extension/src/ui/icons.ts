/** Our icons. Lab colours shapes of class `jp-icon3` in every theme, so none is set here. */
import { LabIcon } from '@jupyterlab/ui-components';

function icon(name: string, path: string): LabIcon {
  return new LabIcon({
    name: `benchbook:${name}`,
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">' +
      `<path class="jp-icon3 jp-icon-selectable" fill="#616161" fill-rule="evenodd" d="${path}"/></svg>`
  });
}

export const runsIcon = icon(
  'runs',
  'M4 4.500v15L13.500 12zM14 5h7v2.200h-6.200zM16 10.900h5v2.200h-5zM14.800 16.800H21V19h-7z'
);

export const dataIcon = icon(
  'data',
  'M12 3C7.600 3 4 4.300 4 6v12c0 1.700 3.600 3 8 3s8-1.300 8-3V6c0-1.700-3.600-3-8-3zm0 1.800c3.800 0 6.100.900 6.100 1.300' +
    'S15.800 7.400 12 7.400 5.900 6.500 5.900 6.100 8.200 4.800 12 4.800zM5.900 8.300c1.500.6 3.700 1 6.100 1s4.600-.4 6.100-1V12' +
    'c0 .4-2.300 1.300-6.100 1.300S5.900 12.400 5.900 12V8.300zm0 6c1.500.6 3.700 1 6.100 1s4.600-.4 6.100-1V18c0 .4-2.300 1.300-6.100 1.300' +
    'S5.900 18.400 5.900 18v-3.700z'
);

export const modelsIcon = icon(
  'models',
  'M12 2l9 5v10l-9 5-9-5V7zM12 4.300L6.100 7.600 12 10.900l5.900-3.300zM5 9.200v6.600l6 3.400v-6.600zM19 9.200l-6 3.400v6.600l6-3.400z'
);

export const pipelineIcon = icon(
  'pipeline',
  'M3 4h7v6H3zM5 6v2h3V6zM14 4h7v6h-7zM16 6v2h3V6zM10.500 6.100h3v1.800h-3zM14 14h7v6h-7zM16 16v2h3v-2zM5.600 10.500h1.800V16' +
    'h6.100v1.800H5.600z'
);

export const monitorsIcon = icon(
  'monitors',
  'M3 3h1.900v16.100H21V21H3zM6.500 14.600l3.600-5.800 3.300 4 3.200-6.300 4 5.200-1.500 1.200-2.200-2.900-3.100 6.100-3.500-4.200-2.200 3.700z'
);

export const endpointIcon = icon(
  'endpoint',
  'M3 4h18v7H3zM5 6v3h14V6zM3 13h18v7H3zM5 15v3h14v-3zM6.500 6.700h1.700v1.600H6.500zM6.500 15.700h1.700v1.600H6.500z'
);

export const gatesIcon = icon(
  'gates',
  'M11 2.500h2V5h5.500v2h-1.100l3.600 7.500c0 2-1.700 3.500-3.800 3.500s-3.800-1.500-3.800-3.500L17 7h-4v12.500h4v2H7v-2h4V7H7l3.600 7.500' +
    'c0 2-1.700 3.500-3.800 3.500S3 16.500 3 14.500L6.600 7H5.500V5H11zM6.800 9.600l-2.200 4.600H9zM17.200 9.600L15 14.200h4.400z'
);

export const serveIcon = icon('serve', 'M6 4.500v15L19 12z');

export const stopIcon = icon('stop', 'M6 6h12v12H6z');
