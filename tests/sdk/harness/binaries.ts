import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const artifacts = fileURLToPath(new URL('../../../artifacts/bin/', import.meta.url));

/** The built program: where the environment says, or the newer one of the repository's release and debug builds. */
export function builtProgram(project: string, variable: string): string {
  const told = process.env[variable];
  if (told) return told;
  const built = ['release', 'debug']
    .map((configuration) => `${artifacts}${project}/${configuration}/${project}.dll`)
    .filter((file) => existsSync(file))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (!built[0]) throw new Error(`${project} is not built. Run 'dotnet build' in the repository, or set ${variable}.`);
  return built[0];
}
