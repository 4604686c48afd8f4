/** System calls that tell the time, on the guest's clock. The time zone is always UTC. */
import { fromCalendar, toCalendar } from './calendar.ts';
import { Errno, refuse } from './errno.ts';
import type { GuestMemory } from './memory.ts';
import { formatTime } from './strftime.ts';
import { readTm, TM_BYTES, writeTm, writeTmZone } from './structs.ts';
import type { World } from './world.ts';

/** What `clock_getres` says: looks differ by at least that. */
const RESOLUTION_NS = 1000n;
/** For each character of a pattern and of what comes of it, what a conversion costs the host at worst, in instructions. */
const FORMAT_FUEL = 50;
const UTC = Uint8Array.of(0x55, 0x54, 0x43, 0);

export function clockCalls(world: World, memory: GuestMemory) {
  const wasi = {
    clock_time_get(clock: number, _precision: bigint, pointer: number) {
      const result = memory.view(pointer, 8);
      result.setBigInt64(0, look(clock), true);
    },
    clock_res_get(clock: number, pointer: number) {
      if (clock < 0 || clock > 3) refuse('EINVAL');
      memory.setBigInt64(pointer, RESOLUTION_NS);
    },
  };

  const look = (clock: number): bigint => {
    if (clock === 0) return world.clock.realtime();
    if (clock === 1) return world.clock.monotonic();
    if (clock === 2) return world.clock.cpu();
    // Time of the thread: the fuel counter itself. Reading it is no look at a clock, and moves none.
    if (clock === 3) return world.fuelUsed();
    return refuse('EINVAL');
  };

  const linux = {
    _tzset_js(offset: number, hasSummerTime: number, standardName: number, summerName: number) {
      memory.setUint32(offset, 0);
      memory.setUint32(hasSummerTime, 0);
      memory.bytes(standardName, UTC.length).set(UTC);
      memory.bytes(summerName, UTC.length).set(UTC);
    },
    _gmtime_js(seconds: bigint, tm: number) {
      writeTm(memory.view(tm, TM_BYTES), toCalendar(seconds));
    },
    _localtime_js(seconds: bigint, tm: number) {
      const view = memory.view(tm, TM_BYTES);
      writeTm(view, toCalendar(seconds));
      writeTmZone(view);
    },
  };

  /** Seconds since 1970 as an i64, and the fields brought into their ranges; -1 is C's word for a time that is none. */
  const makeTime = (tm: number): bigint => {
    try {
      const view = memory.view(tm, TM_BYTES);
      const made = fromCalendar(readTm(view));
      if (made === null) return -1n;
      writeTm(view, made.normal);
      writeTmZone(view);
      return made.seconds;
    } catch (error) {
      if (error instanceof Errno) return -1n;
      throw error;
    }
  };

  /** Bytes written, without the NUL at the end; 0 is C's word for a text that does not fit, and for one that cannot be made. */
  const format = (target: number, size: number, pattern: number, tm: number): number => {
    try {
      const asked = memory.text(pattern);
      world.charge(asked.length * FORMAT_FUEL);
      const text = formatTime(asked, readTm(memory.view(tm, TM_BYTES)));
      if (text === null) return 0;
      world.charge(text.length * FORMAT_FUEL);
      if (text.length >= size >>> 0) return 0;
      const bytes = memory.bytes(target, text.length + 1);
      for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
      bytes[text.length] = 0;
      return text.length;
    } catch (error) {
      if (error instanceof Errno) return 0;
      throw error;
    }
  };

  const plain = {
    _mktime_js: makeTime,
    _timegm_js: makeTime,
    strftime: format,
    strftime_l: format,
    /** Milliseconds. musl's sleep calls it until its time has come. */
    emscripten_get_now: () => Number(world.clock.spin()) / 1e6,
    /** Nanoseconds. */
    emscripten_get_now_res: () => Number(RESOLUTION_NS),
    /** Milliseconds since 1970. */
    emscripten_date_now: () => Number(world.clock.realtime() / 1000n) / 1000,
  };

  return { wasi, linux, plain };
}
