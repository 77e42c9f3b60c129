import { ip6Refusals } from './ip6.js';
import { layer2Refusals } from './layer2.js';
import { layer3Refusals } from './layer3.js';
import { natRefusals } from './nat.js';
import { policyRefusals } from './policy.js';
import { portsRefusals } from './ports.js';
import type { RefusalTable } from './refusal.js';
import { routingRefusals } from './routing.js';
import { telemetryRefusals } from './telemetry.js';

/** What each kind refuses. The traps of VPP among them: what it would take, and do something else with or die of. */
export const allRefusals: RefusalTable = {
  ...portsRefusals,
  ...layer2Refusals,
  ...layer3Refusals,
  ...ip6Refusals,
  ...routingRefusals,
  ...policyRefusals,
  ...natRefusals,
  ...telemetryRefusals,
};
