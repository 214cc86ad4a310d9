"""HubSpot's CRM: contacts, companies, deals, and what belongs to them."""
