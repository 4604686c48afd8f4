/** The files that a cell made: name, type, size, and a way to get them. */
import type { VNode } from 'preact';
import { Download } from 'lucide';
import { IconButton } from '../design/button.tsx';
import { formatBytes } from '../kernel/amounts.ts';
import type { ArtifactRecord } from '../kernel/runtime.ts';

interface ArtifactsProps {
  artifacts: readonly ArtifactRecord[];
  onDownload: (artifact: ArtifactRecord) => void;
}

export function Artifacts({ artifacts, onDownload }: ArtifactsProps): VNode {
  return (
    <ul class="artifacts" aria-label="Artifacts">
      {artifacts.map((artifact) => (
        <li key={`${artifact.name} ${artifact.digest}`}>
          <span class="artifact-name">
            <bdi>{artifact.name}</bdi>
          </span>
          <span class="artifact-facts number" title={artifact.digest}>
            {artifact.media_type} · {formatBytes(artifact.size_bytes)}
          </span>
          <IconButton
            icon={Download}
            size={14}
            label={`Download ${artifact.name}`}
            onClick={() => onDownload(artifact)}
          />
        </li>
      ))}
    </ul>
  );
}
