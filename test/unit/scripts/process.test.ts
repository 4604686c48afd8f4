// Running other programs: success is silent, failure says how the program ended.
import { describe, expect, it } from 'vitest';
import { CommandFailure, runCommand } from '../../../scripts/process.ts';

const node = (source: string) => runCommand(process.execPath, ['-e', source], { output: 'quiet' });

describe('runCommand', () => {
  it('resolves when the program ends with 0', async () => {
    await expect(node('process.exit(0)')).resolves.toBeUndefined();
  });

  it('fails with the exit code', async () => {
    await expect(node('process.exit(7)')).rejects.toMatchObject({ exitCode: 7, message: /exit code 7$/ });
  });

  it('fails with the signal', async () => {
    await expect(node('process.kill(process.pid, "SIGKILL")')).rejects.toThrow('was ended by SIGKILL');
  });

  it('fails when there is no such program', async () => {
    await expect(runCommand('praxis-no-such-program', [])).rejects.toBeInstanceOf(CommandFailure);
  });

  it('passes arguments without a shell', async () => {
    const source = 'process.exit(process.argv[1] === "$(exit 3); *" ? 0 : 9)';
    await expect(
      runCommand(process.execPath, ['-e', source, '$(exit 3); *'], { output: 'quiet' }),
    ).resolves.toBeUndefined();
  });

  it('finds the programs of installed packages', async () => {
    await expect(runCommand('prettier', ['--version'], { output: 'quiet' })).resolves.toBeUndefined();
  });
});
