//! The first events of an input, whatever its framing: enough to tell a format by.

use gwcost_core::framing::{Block, Framing, next_seam};

use super::{Input, Opened, SourceError, open};

/// Up to `most` events of an input, empty ones left out.
///
/// # Errors
/// [`SourceError`] when it cannot be read.
pub fn first_events(input: &Input, most: usize) -> Result<Vec<String>, SourceError> {
    let name = input.name();
    let (opened, framing, _) = open(input, None, true)?;
    let mut events = Vec::new();
    match opened {
        Opened::Events(mut parser) => {
            while events.len() < most {
                let next = parser.next_event().map_err(SourceError::io(&name, "cannot read"))?;
                let Some(event) = next else { break };
                events.push(String::from_utf8_lossy(&event.text).into_owned());
            }
        }
        Opened::Blocks(mut blocks) => {
            while events.len() < most {
                let next = blocks.next_block().map_err(SourceError::io(&name, "cannot read"))?;
                let Some(block) = next else { break };
                events.extend(parts(&block, framing));
            }
        }
    }
    events.retain(|event| !event.trim().is_empty());
    events.truncate(most);
    Ok(events)
}

fn parts(block: &Block, framing: Framing) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = block.bytes.as_slice();
    while !rest.is_empty() {
        let end = match framing {
            Framing::Objects => next_seam(rest, 0).unwrap_or(rest.len()),
            _ => memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1),
        };
        let (part, later) = rest.split_at(end);
        parts.push(String::from_utf8_lossy(part).trim_matches(['\n', '\r']).to_owned());
        rest = later;
    }
    parts
}
