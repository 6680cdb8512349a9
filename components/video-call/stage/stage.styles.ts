import { css } from 'lit';

export const stageStyles = css`
  [part~='tile-floating'] {
    z-index: 1;
  }
`;
