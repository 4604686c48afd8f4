/** Rate limits by category, counted per person or address; told to clients in the headers of the IETF draft (version 10). */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Rate, RateCategory } from '../configuration.ts';
import { Problem } from '../errors.ts';

export interface RateLimits {
  /** Counts one request. @returns headers of the answer @throws Problem rate_limited */
  consume(category: RateCategory, subject: string): Promise<Record<string, string>>;
}

export function rateLimits(rates: Record<RateCategory, Rate>): RateLimits {
  const limiters = new Map<RateCategory, RateLimiterMemory>();

  function limiter(category: RateCategory): RateLimiterMemory {
    const known = limiters.get(category);
    if (known !== undefined) return known;
    const { requests, seconds } = rates[category];
    const made = new RateLimiterMemory({ keyPrefix: category, points: requests, duration: seconds });
    limiters.set(category, made);
    return made;
  }

  return {
    async consume(category, subject) {
      const { requests, seconds } = rates[category];
      const policy = `"${category}";q=${requests};w=${seconds}`;
      const headers = (left: RateLimiterRes): Record<string, string> => ({
        'RateLimit-Policy': policy,
        RateLimit: `"${category}";r=${left.remainingPoints};t=${Math.ceil(left.msBeforeNext / 1000)}`,
      });
      try {
        return headers(await limiter(category).consume(subject));
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        const retryAfter = String(Math.max(1, Math.ceil(error.msBeforeNext / 1000)));
        throw new Problem('rate_limited', { headers: { ...headers(error), 'Retry-After': retryAfter } });
      }
    },
  };
}
