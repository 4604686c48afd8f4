/** CPython as an engine: restored from its snapshot, then only driven through raw exports. */
import { restoreFiles } from '../../gate/file-state.ts';
import { GuestTrap } from '../../gate/trap.ts';
import type { Begin, GivenFiles } from '../../hosts/protocol.ts';
import { ASK_FUEL, MAX_ANSWER_BYTES, questionText, readAnswer } from '../../run/ask.ts';
import type { Answer, Question, QuestionKind } from '../../run/ask.ts';
import type { Collector } from '../../run/collector.ts';
import type { Limits } from '../../run/program.ts';
import { unpackImage } from '../../environment/image.ts';
import { trapOf } from '../classify.ts';
import type { Engine, EngineStep, EngineStepEnd, GuestError } from '../engine.ts';
import { bytesOf, moduleOf, type Given } from '../given.ts';
import { cutMessage, parseGuestMessage } from '../guest-message.ts';
import { restoreMemory, unpackSnapshot } from '../snapshot.ts';
import { openEntropy, startClock } from '../sources.ts';
import { Untouched } from '../untouched.ts';
import type { Python, PythonListener } from './instance.ts';
import { interpreterOf } from './interpreters.ts';
import { compileLibraries, libraryModules, type CompiledLibraries } from './library-pack.ts';
import { linkPython, readPythonLink } from './link.ts';

const MIB = 1 << 20;
const KIB = 1024;
/** As CPython numbers it. */
const SIGINT = 2;
const WRITABLE = ['/home', '/job', '/tmp'] as const;
/** A header's texts count as output: at most six bytes of escapes for each of their characters, and room for the rest. */
const HEADER_FACTOR = 6;
const HEADER_SPARE = 1 << 20;
/** What parsing and checking a byte of JSON costs the host at worst, in instructions. */
const HEADER_FUEL = 50;

/** @param onRead told of each file of the image when a program reads it for the first time */
export async function restorePython(files: GivenFiles, onRead?: (path: string) => void): Promise<Engine> {
  if (!files.image) throw new TypeError('python: the environment has no file image');
  const snapshot = unpackSnapshot(files.snapshot);
  const module = await moduleOf(files.module);
  const python = await linkPython({
    module,
    link: readPythonLink(snapshot.link),
    files: unpackImage(bytesOf(files.image)),
    libraries: libraryModules(await librariesOf(files.libraries)),
    pages: snapshot.pages,
    ...(onRead ? { onRead } : {}),
  });
  restoreMemory(python.memory, snapshot);
  python.stackPointer.value = snapshot.stack_pointer;
  if (!snapshot.files) throw new TypeError('python: the snapshot has no file system');
  restoreFiles(python.world.files, snapshot.files);
  return openPython(python, snapshot.pointers, interpreterOf(module).maxDepth);
}

async function librariesOf(given: GivenFiles['libraries']): Promise<CompiledLibraries> {
  return given instanceof Uint8Array ? compileLibraries(given) : (given ?? new Map<string, WebAssembly.Module>());
}

/**
 * @param pointers addresses of the guest's entry points, as its boot left them
 * @param maxDepth what the module was metered with
 * @throws TypeError when one is missing
 */
export function openPython(
  python: Python,
  { run, begin, ask, cast }: Readonly<Record<string, number>>,
  maxDepth: number,
): Engine {
  if (run === undefined || begin === undefined || ask === undefined)
    throw new TypeError('python: the snapshot lacks its entry points');
  if (cast !== undefined) python.castFunction = cast;
  return new PythonEngine(python, { run, begin, ask }, maxDepth);
}

class PythonEngine implements Engine {
  readonly #python: Python;
  readonly #run: number;
  readonly #begin: number;
  readonly #ask: number;
  readonly #maxDepth: number;
  readonly #untouched: Untouched;
  #limits: Limits | undefined;

  constructor(python: Python, { run, begin, ask }: Record<'run' | 'begin' | 'ask', number>, maxDepth: number) {
    this.#python = python;
    this.#maxDepth = maxDepth;
    this.#run = run;
    this.#begin = begin;
    this.#ask = ask;
    this.#untouched = new Untouched(python.memory);
  }

  #collector: Collector | undefined;
  #current: EngineStep | undefined;
  #fuel = 0n;
  #eventsUsed = 0;
  /** The step while it runs; between steps and in questions nothing is interrupted. */
  #interruptible: EngineStep | undefined;
  #error: GuestError | null = null;

  begin(begin: Begin, collector: Collector): void {
    const { world, gate, clock } = this.#python;
    this.#limits = begin.limits;
    this.#collector = collector;
    for (const { path, bytes } of begin.inputs) world.files.mountFile(path, bytes);
    world.files.seal({ max_bytes: begin.limits.max_file_kb * KIB, max_nodes: begin.limits.max_files }, WRITABLE);
    this.#python.setMemoryLimit(begin.limits.memory_mb * MIB);
    this.#fuel = BigInt(begin.limits.fuel);
    gate.allow(this.#fuel);
    world.clock = startClock(begin, clock);
    world.entropy = openEntropy(begin, 'python');
    this.#python.setListener(this.#listener());
    gate.flip();
    this.#guarded(() => this.#python.call('PyObject_CallNoArgs', this.#begin));
  }

  run(step: EngineStep): EngineStepEnd {
    const { gate, world } = this.#python;
    this.#untouched.forget();
    this.#current = step;
    this.#eventsUsed = 0;
    this.#interruptible = step;
    this.#error = null;
    world.files.forgetRefusals();
    this.#python.takeMemoryRefusal();
    const { source, parameters } = step.step;
    this.#python.setStep(new TextEncoder().encode(JSON.stringify({ source, parameters, filename: step.filename })));
    this.#fuel = step.fuel;
    gate.allow(step.fuel);
    const answer = this.#guarded(() => this.#python.call('PyObject_CallNoArgs', this.#run));
    this.#interruptible = undefined;
    const succeeded = answer === this.#python.address('_Py_TrueStruct');
    if (answer === 0) this.#guarded(() => this.#python.call('PyErr_Clear'));
    return { error: succeeded ? null : this.#failure(), events_used: this.#eventsUsed };
  }

  ask(about: QuestionKind, question: Question): Answer | null {
    const [python, limits] = [this.#python, this.#limits];
    if (!limits) return null;
    const putClockBack = python.clock.checkpoint();
    const stack = python.stackPointer.value;
    // No room to grow: a memory cannot be made smaller again.
    python.setMemoryLimit(this.memoryBytes());
    const answer = this.#untouched.around(() =>
      python.gate.apart(BigInt(ASK_FUEL), () => this.#answer(questionText(about, question))),
    );
    python.setMemoryLimit(limits.memory_mb * MIB);
    python.stackPointer.value = stack;
    putClockBack();
    return readAnswer(answer, question.cursor);
  }

  /** Nothing that it allocates is freed: the memory is put back whole. */
  #answer(question: string): string | null {
    const python = this.#python;
    const text = python.call('PyUnicode_FromString', python.allocateString(question));
    const answer = text === 0 ? 0 : python.call('PyObject_CallOneArg', this.#ask, text);
    const start = answer === 0 ? 0 : python.call('PyUnicode_AsUTF8', answer) >>> 0;
    if (start === 0) return null;
    const bytes = new Uint8Array(python.memory.buffer).subarray(start, start + MAX_ANSWER_BYTES);
    const length = bytes.indexOf(0);
    return length < 0 ? null : new TextDecoder().decode(bytes.subarray(0, length));
  }

  completeFiles(late: Given): void {
    this.#python.completeFiles(late);
  }

  fuelUsed(): number {
    return Number(this.#python.gate.usedNow());
  }

  memoryBytes(): number {
    return this.#python.memory.buffer.byteLength;
  }

  /** What the guest said of its error, and whether a limit was behind it. */
  #failure(): GuestError {
    return (
      this.#error ?? {
        code: 'PYTHON_EXCEPTION',
        name: 'SystemError',
        message: 'the step ended without saying how',
        traceback: 'SystemError: the step ended without saying how\n',
      }
    );
  }

  #guarded(work: () => number): number {
    const { gate } = this.#python;
    try {
      const answer = work();
      // A trap may have been caught on its way, by `catch_all` in compiled code.
      gate.settle();
      return answer;
    } catch (error) {
      throw trapOf(error, gate, { fuel: this.#fuel, depth: this.#maxDepth });
    }
  }

  #listener(): PythonListener {
    const collector = this.#collector;
    if (!collector) throw new Error('python: not begun');
    return {
      output: (name, bytes) => collector.stream(name, bytes),
      readLine: () => this.#readLine(),
      message: (parts) => this.#receive(parts, collector),
      signal: () => this.#signal(),
    };
  }

  /** SIGINT when the step is interrupted here: because its events say so, or because somebody asks for it now. */
  #signal(): number {
    const step = this.#interruptible;
    if (!step) return 0;
    const next = step.step.events[this.#eventsUsed];
    if (next?.kind === 'interrupt') {
      if (this.fuelUsed() < next.fuel) return 0;
      this.#eventsUsed++;
      return SIGINT;
    }
    if (!step.isInterrupted()) return 0;
    step.onInterrupt({ after: this.#eventsUsed, fuel: this.fuelUsed() });
    return SIGINT;
  }

  #readLine(): Uint8Array | null {
    const { step, interactive } = this.#current ?? { step: { events: [] }, interactive: false };
    for (; this.#eventsUsed < step.events.length; this.#eventsUsed++) {
      const event = step.events[this.#eventsUsed];
      if (event?.kind === 'stdin') {
        this.#eventsUsed++;
        return new TextEncoder().encode(`${event.text}\n`);
      }
    }
    if (interactive) this.#python.gate.latch(new GuestTrap('input', 'PROTOCOL', 'the step waits for input'));
    return null;
  }

  #receive(parts: readonly Uint8Array[], collector: Collector): void {
    const cut = cutMessage(parts);
    this.#checkHeader(cut.header?.length ?? -1);
    const message = parseGuestMessage(cut);
    switch (message.kind) {
      case 'display':
      case 'result':
        collector.display(message.kind, message.data, message.metadata, message.id);
        break;
      case 'update':
        collector.update(message.id, message.data, message.metadata);
        break;
      case 'clear':
        collector.clear(message.wait);
        break;
      case 'artifact':
        collector.artifact({ name: message.name, media_type: message.media_type, bytes: message.bytes });
        break;
      case 'sleep':
        this.#python.world.clock.sleep(message.nanoseconds);
        break;
      case 'error': {
        const limit = this.#refusedLimit(message.memory, message.os_error);
        this.#error = {
          code: codeOf(message),
          name: message.name,
          message: message.message,
          traceback: message.traceback,
          ...(message.line === undefined ? {} : { line: message.line }),
          ...(message.column === undefined ? {} : { column: message.column }),
          ...(message.missing === undefined ? {} : { advice: message.missing }),
          ...(limit === undefined ? {} : { limit }),
        };
        break;
      }
    }
  }

  /** Before anybody reads it. @throws GuestTrap OUTPUT, FUEL */
  #checkHeader(length: number): void {
    const allowed = this.#limits?.max_output_kb ?? 0;
    if (length > allowed * KIB * HEADER_FACTOR + HEADER_SPARE) {
      throw new GuestTrap('limit', 'OUTPUT', `the output limit of ${allowed} KiB was reached`, {
        limit: allowed,
        used: Math.ceil(length / KIB),
      });
    }
    this.#python.gate.charge(Math.max(0, length) * HEADER_FUEL);
  }

  /** An error is a limit's doing when its kind fits and the limit refused something in this step. */
  #refusedLimit(memoryError: boolean, osError: boolean): GuestError['limit'] {
    const limits = this.#limits;
    if (!limits) return undefined;
    const memory = this.#python.takeMemoryRefusal();
    if (memoryError && memory !== null) {
      return { code: 'MEMORY', limit: limits.memory_mb, used: Math.ceil(memory / MIB), unit: 'MiB of memory' };
    }
    const files = this.#python.world.files.refusals()[0];
    if (!osError || !files) return undefined;
    return files.limit === 'bytes'
      ? { code: 'FILES', limit: limits.max_file_kb, used: Math.ceil(files.used / KIB), unit: 'KiB of files' }
      : {
          code: 'FILES',
          limit: files.allowed,
          used: files.used,
          unit: files.limit === 'nodes' ? 'files' : 'open files',
        };
  }
}

function codeOf({ syntax, missing }: { syntax: boolean; missing?: string }): GuestError['code'] {
  if (syntax) return 'SYNTAX_ERROR';
  return missing === undefined ? 'PYTHON_EXCEPTION' : 'PACKAGE_UNAVAILABLE';
}
