/** Requests of the trusted page to its own server. */
import { RunFailure } from '../run/failure.ts';

/** @throws RunFailure HOST_FAILED when the server cannot be reached */
export async function request(url: string): Promise<Response> {
  try {
    // As a preload of the page asks, so that it is one request.
    return await fetch(url, { credentials: 'same-origin' });
  } catch (error) {
    throw new RunFailure('HOST_FAILED', 'the server cannot be reached; check the connection and try again', {
      cause: error,
    });
  }
}

/** @throws RunFailure HOST_FAILED */
export async function fetchText(url: string): Promise<string> {
  const response = await request(url);
  if (!response.ok) throw new RunFailure('HOST_FAILED', `the sandbox script could not be loaded (${response.status})`);
  return response.text();
}
