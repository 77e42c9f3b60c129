import type { Clock } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import { type Prepared, refused } from './apply-result.js';
import type { Dataplane } from './dataplane.js';
import { impactOf } from './diff/impact.js';
import { diffLines } from './diff/lines.js';
import { MessageRecorder, type PlannedMessage } from './diff/message-recorder.js';
import { natLosses } from './diff/nat-losses.js';
import type { Redactor } from './diff/redact.js';
import { compileDocument, type Node } from './document/compile.js';
import { CompiledEntries } from './document/compiled-entries.js';
import type { HasPlugin, LoadOptions } from './document/load-document.js';
import { loadSources, type SourceFile } from './document/load-sources.js';
import { RuleBook } from './document/rule-book.js';
import type { ConfigDocument } from './document/schema.js';
import type { ConfigdMetrics } from './metrics.js';
import { type Engine, infraOwner } from './reconcile/engine.js';
import type { Plan } from './reconcile/plan.js';
import type { Resource } from './reconcile/resource.js';
import { etagOf } from './snapshot.js';

export interface PreparationOptions {
  readonly engine: Pick<Engine, 'plan' | 'rehearse' | 'recorded' | 'holdersOf'>;
  readonly node: Node;
  readonly redactor: Redactor;
  /** Whether VPP offers an operation, so that a rehearsal takes the same ways. */
  readonly offers: Dataplane['offers'];
  /** What VPP runs without cannot be asked for. */
  readonly hasPlugin: HasPlugin;
  readonly clock: Clock;
  readonly metrics: Pick<ConfigdMetrics, 'planned'>;
}

/** The requests that a plan would send, and why they may not be all of them (empty: they are). */
export interface Rehearsal {
  readonly messages: readonly PlannedMessage[];
  readonly note: string;
}

/** From a document to what it would do. Sends nothing and changes nothing. */
export class Preparation {
  private readonly entries = new CompiledEntries();
  private readonly rules = new RuleBook();
  private last: { yaml: string; acls: ConfigDocument['acls'] } | undefined;

  constructor(private readonly options: PreparationOptions) {}

  /** Reads, checks and plans files. Throws `invalid_argument` with all its mistakes, and what `Engine.plan` throws. */
  prepare(files: readonly SourceFile[]): Prepared {
    const { clock, engine, metrics } = this.options;
    const startedMs = clock.monotonicMs();
    const { resources, warnings, yaml } = this.read(files, { hasPlugin: this.options.hasPlugin });
    const plan = engine.plan(infraOwner, resources);
    const planMs = clock.monotonicMs() - startedMs;
    metrics.planned(planMs / 1000);
    const told = [...warnings, ...natLosses(plan.steps).map((message) => ({ message, line: 0, column: 0, path: '' }))];
    return { yaml, etag: etagOf(yaml), warnings: told, planMs, ...this.shown(plan) };
  }

  /** A plan in words, with its impact. */
  shown(plan: Plan): Pick<Prepared, 'plan' | 'steps' | 'lines' | 'impact'> {
    const { redactor } = this.options;
    const steps = plan.steps.map((step) => redactor.step(step));
    return { plan, steps, lines: diffLines(steps), impact: this.impact(plan) };
  }

  impact(plan: Plan) {
    const { engine } = this.options;
    return impactOf(plan, {
      dependents: (key) => engine.recorded.dependents(key),
      holdersOf: (key) => engine.holdersOf(key),
    });
  }

  /** The resources of a stored text, whatever plugins VPP has by now and whatever is refused in new ones. Throws `invalid_argument` with all its mistakes. */
  resourcesOf(yaml: string): Resource[] {
    return this.read([{ name: '', text: yaml }], { stored: true }).resources;
  }

  /** The ACLs of a stored text as they are written; read again only when another text was read since. */
  aclsOf(yaml: string): ConfigDocument['acls'] {
    if (this.last?.yaml !== yaml) this.read([{ name: '', text: yaml }], { stored: true });
    return this.last?.acls ?? {};
  }

  private read(files: readonly SourceFile[], options: LoadOptions) {
    const loaded = loadSources(files, { ...options, rules: this.rules });
    if (!loaded.ok) throw refused(loaded.errors);
    const { model, warnings, yaml } = loaded;
    this.last = { yaml, acls: model.document.acls };
    return { resources: compileDocument(model, this.options.node, this.entries), warnings, yaml };
  }

  /** The requests that a plan would send, from executing it on a dataplane that only takes notes. */
  async rehearse(plan: Plan): Promise<Rehearsal> {
    const { engine, redactor, offers } = this.options;
    const recorder = new MessageRecorder(offers, new Set(plan.steps.flatMap((step) => redactor.secretsOf(step))));
    const { failures } = await engine.rehearse(plan, recorder);
    const [first] = failures;
    const note = first ? `${failures.length} steps depend on what VPP holds then: ${BngError.from(first).message}` : '';
    return { messages: recorder.messages, note };
  }
}
