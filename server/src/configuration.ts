/** What an operator decides about a server, and the defaults. Only `cli/serve.ts` reads the environment. */
import type { Limits } from './runtime.ts';

export type RateCategory = 'api' | 'auth' | 'jobs' | 'uploads' | 'downloads' | 'assets';

/** So many requests per so many seconds, counted per person or, before sign-in, per address. */
export interface Rate {
  requests: number;
  seconds: number;
}

export interface ServerConfiguration {
  /** Origin that browsers use, e.g. `https://praxis.example`; null on loopback, where it follows from the port. */
  origin: string | null;
  /** Number of reverse proxies whose X-Forwarded-For may be believed. */
  trustedProxies: number;
  rates: Record<RateCategory, Rate>;
  session: {
    /** Ends a session that nobody used for so long, ms. */
    idleMs: number;
    /** Ends every session after so long, ms. */
    absoluteMs: number;
    /** Lifetime of a session in which nobody has signed in, ms. */
    anonymousMs: number;
  };
  /** How long a signed URL works, ms; at most five minutes. */
  signedUrlMs: number;
  body: {
    /** Largest JSON body, bytes, unless a route says otherwise. */
    jsonBytes: number;
    /** Largest body that holds a document or a notebook, bytes. */
    documentBytes: number;
    /** Largest claim, bytes. */
    claimBytes: number;
  };
  quotas: {
    storageBytes: number;
    /** Largest single upload, bytes. */
    uploadBytes: number;
    openUploads: number;
    runningJobs: number;
  };
  /** A program may ask for less than this, never for more. */
  maximumLimits: Limits;
  /** How long a browser may take for a leased job beyond the job's own wall clock, ms. */
  clientLeaseMs: number;
  /** argon2id cost; RFC 9106 and OWASP's minimum of 19 MiB, two passes. */
  argon2: { memoryKib: number; passes: number };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MIB = 1024 * 1024;

export const DEFAULT_CONFIGURATION: ServerConfiguration = {
  origin: null,
  trustedProxies: 0,
  rates: {
    api: { requests: 1200, seconds: 60 },
    auth: { requests: 30, seconds: 60 },
    jobs: { requests: 120, seconds: 60 },
    uploads: { requests: 600, seconds: 60 },
    downloads: { requests: 600, seconds: 60 },
    assets: { requests: 3000, seconds: 60 },
  },
  session: { idleMs: 14 * DAY_MS, absoluteMs: 60 * DAY_MS, anonymousMs: 2 * HOUR_MS },
  signedUrlMs: 5 * MINUTE_MS,
  body: { jsonBytes: 64 * 1024, documentBytes: 16 * MIB, claimBytes: 24 * MIB },
  quotas: { storageBytes: 2048 * MIB, uploadBytes: 256 * MIB, openUploads: 200, runningJobs: 50 },
  maximumLimits: {
    fuel: 200_000_000_000,
    memory_mb: 1024,
    timeout_ms: 600_000,
    cpu_ms: 600_000,
    max_output_kb: 8192,
    max_artifacts: 1000,
    max_artifact_kb: 262_144,
    max_file_kb: 262_144,
    max_files: 10_000,
  },
  clientLeaseMs: 30 * MINUTE_MS,
  argon2: { memoryKib: 19_456, passes: 2 },
};
