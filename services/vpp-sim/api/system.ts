import * as memclnt from '#lib/vpp/messages/memclnt.js';
import * as vlib from '#lib/vpp/messages/vlib.js';
import * as vpe from '#lib/vpp/messages/vpe.js';
import { retvals } from '#lib/vpp/retval.js';
import { answerCli } from './cli.js';
import { type Handler, onCall } from './handler.js';

export const systemHandlers: readonly Handler[] = [
  onCall(memclnt.controlPing, (_, { pid }) => ({ retval: 0, client_index: 0, vpe_pid: pid })),
  onCall(memclnt.getApiJson, () => ({ retval: retvals.UNIMPLEMENTED, json: '' })),
  onCall(memclnt.apiVersions, () => ({ retval: 0, count: 0, api_versions: [] })),
  onCall(vpe.showVersion, () => ({
    retval: 0,
    program: 'vpe',
    version: '26.06-release',
    build_date: '2026-06-24T00:00:00',
    build_directory: '/vpp-sim',
  })),
  onCall(vlib.cliInband, ({ cmd }, { dataplane }) => answerCli(cmd, dataplane)),
];
